import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { projectRoot } from '../../support/project-root.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const main = join(projectRoot, 'build/src/cli/main.js');
const library = pathToFileURL(join(projectRoot, 'build/src/index.js')).href;

/** `slipway graph` in a process of its own, on a module with this text. */
async function graphOf(text: string) {
  using folder = new TemporaryFolder('cli');
  const module = join(folder.path, 'module.mjs');
  writeFileSync(module, text);
  const child = spawn(process.execPath, [main, 'graph', module, '--format', 'json']);
  const [out, err] = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  const code = await new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { code, out: ((await out) ?? []).join(''), err: ((await err) ?? []).join('') };
}

describe('The process slipway', () => {
  it('prints a document alone, whatever the module prints', async () => {
    const { code, out, err } = await graphOf(
      `import { Provider } from '${library}'; console.log('loaded'); export const p = new Provider('p');`,
    );
    expect(JSON.parse(out)).to.have.property('tokens');
    expect(err).to.equal('loaded\n');
    expect(code).to.equal(0);
  });

  for (const [what, text, told] of [
    ['ends the process', 'process.exit(0);', 'has ended the process with 0'],
    ['waits for what never comes', 'await new Promise(() => {});', 'waits at its top level'],
    [
      'fails later',
      "setTimeout(() => { throw new Error('no redis://:hunter2@cache'); }); await new Promise(() => setTimeout(() => {}, 60_000));",
      'no redis://',
    ],
  ] as const)
    it(`says that a module ${what}, and exits with 2`, async () => {
      const { code, out, err } = await graphOf(text);
      expect(err)
        .to.match(/^slipway: [^\n]+\n$/)
        .and.include(told);
      expect(err).to.not.include('hunter2');
      expect(out).to.equal('');
      expect(code).to.equal(2);
    });
});
