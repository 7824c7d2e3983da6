import { expect } from 'chai';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as sources from '../../src/index.js';
import * as testingSources from '../../src/testing/index.js';
import { projectRoot } from '../support/project-root.js';
import { mustRun } from '../support/run.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Builds the package as it is published, without touching dist/. */
async function pack(into: string): Promise<string> {
  const staging = join(into, 'staging');
  await mkdir(staging);
  for (const name of ['package.json', 'LICENSE']) await cp(join(projectRoot, name), join(staging, name));
  await mustRun(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist')], {
    cwd: projectRoot,
  });
  await mustRun('npm', ['pack', '--ignore-scripts', '--pack-destination', into], { cwd: staging });
  const tarball = (await readdir(into)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no archive.');
  return join(into, tarball);
}

/** A project that has the packed slipway and its dependencies installed. */
async function makeConsumer(folder: string, tarball: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'slipway'), { recursive: true });
  await mustRun('tar', ['-xzf', tarball, '-C', join(modules, 'slipway'), '--strip-components=1']);
  const manifest = JSON.parse(await readFile(join(modules, 'slipway', 'package.json'), 'utf8')) as Manifest;
  // The peers are those of the testing entry; a project without them has no use for it.
  const peers = ['sinon', '@types/sinon', 'chai', '@types/chai'];
  for (const name of [...Object.keys(manifest.dependencies), ...peers, '@types/node']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(projectRoot, 'node_modules', name), join(modules, name));
  }
}

describe('the packed package', () => {
  let temporary: TemporaryFolder;
  let consumer: string;

  before(async () => {
    temporary = new TemporaryFolder('package');
    consumer = join(temporary.path, 'consumer');
    await makeConsumer(consumer, await pack(temporary.path));
  });

  after(() => {
    temporary[Symbol.dispose]();
  });

  async function consume(file: string, text: string): Promise<string> {
    await writeFile(join(consumer, file), text);
    return mustRun(process.execPath, ['--no-warnings', file], { cwd: consumer });
  }

  const names = Object.keys(sources).toSorted();

  it('gives every public name to import', async () => {
    const output = await consume(
      'consumer.mjs',
      `import * as slipway from 'slipway';\nconsole.log(JSON.stringify(Object.keys(slipway).toSorted()));\n`,
    );
    expect(names).to.include('token');
    expect(JSON.parse(output)).to.deep.equal(names);
  });

  it('gives every public name to require', async () => {
    const output = await consume(
      'consumer.cjs',
      `const slipway = require('slipway');\nconsole.log(JSON.stringify(Object.keys(slipway).toSorted()));\n`,
    );
    expect(JSON.parse(output)).to.deep.equal(names);
  });

  it('gives every public name of slipway/testing, made for the same slipway', async () => {
    const output = await consume(
      'testing.mjs',
      [
        `import { Application, RedisClientProtocol } from 'slipway';`,
        `import * as testing from 'slipway/testing';`,
        `const app = await testing.testApplication([]);`,
        `const redis = testing.stub(RedisClientProtocol, { get: 'x' });`,
        `console.log(JSON.stringify([app instanceof Application, await redis.get('k'), Object.keys(testing).toSorted()]));`,
      ].join('\n'),
    );
    expect(JSON.parse(output)).to.deep.equal([true, 'x', Object.keys(testingSources).toSorted()]);
  });

  it('gives its types to the compiler', async () => {
    await writeFile(
      join(consumer, 'consumer.ts'),
      [
        `import { RedisClientProtocol, token, type TokenType } from 'slipway';`,
        `import { stub } from 'slipway/testing';`,
        `export const answer: Promise<string | null> = stub(RedisClientProtocol, { get: 'x' }).get('k');`,
        `// @ts-expect-error: the stub has no such member`,
        `export const mistyped: unknown = stub(RedisClientProtocol).gett;`,
        `const Clock = token<{ now(): number }>()('Clock');`,
        `export const now: ReturnType<TokenType<typeof Clock>['now']> = 1;`,
        `// @ts-expect-error: the type is known, so a wrong one is refused`,
        `export const wrong: ReturnType<TokenType<typeof Clock>['now']> = 'one';`,
      ].join('\n'),
    );
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      strict: true,
      noEmit: true,
      types: ['node'],
    };
    await writeFile(join(consumer, 'package.json'), JSON.stringify({ type: 'module' }));
    await writeFile(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    );
    await mustRun(process.execPath, [tsc, '-p', consumer]);
  });

  it('holds the compiled sources and no test', async () => {
    const files = await readdir(join(consumer, 'node_modules', 'slipway'), { recursive: true });
    expect(files).to.include.members(['package.json', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']);
    expect(files.filter((file) => /(^|\/)test\/|\.test\.|\.map$|(?<!\.d)\.ts$/.test(file))).to.deep.equal([]);
  });
});
