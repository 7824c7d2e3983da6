import { expect } from 'chai';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../support/project-root.js';
import { run } from '../support/run.js';
import { type CompileError, differences, expectedErrors, reportedErrors } from './expected-errors.js';

const folder = 'test/types/must-not-compile';

/** What the compiler says of all fixtures at once. It ends with an error code, as it has to. */
async function compile(): Promise<string> {
  const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const { output } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: projectRoot,
  });
  return output;
}

describe('sources that must not compile', function () {
  // The compiler alone takes seconds, and many on a busy machine.
  this.timeout(120_000);
  let expected: CompileError[];
  let fixtures: string[];

  before(async () => {
    fixtures = (await readdir(join(projectRoot, folder))).filter((name) => name.endsWith('.ts'));
    const files = fixtures.map((name) => `${folder}/${name}`);
    const sources = await Promise.all(files.map((file) => readFile(join(projectRoot, file), 'utf8')));
    expected = files.flatMap((file, index) => expectedErrors(file, sources[index] ?? ''));
  });

  it('each say at least once what is wrong with them', () => {
    const silent = fixtures.filter((name) => !expected.some(({ file }) => file.endsWith(`/${name}`)));
    expect(fixtures).to.not.deep.equal([]);
    expect(silent).to.deep.equal([]);
  });

  it('fail where they say and for the reason they say, and nowhere else', async () => {
    expect(differences(expected, reportedErrors(await compile()))).to.deep.equal([]);
  });
});

describe('the judgement of expected errors', () => {
  const source = '// error: TS2322 not assignable\nconst a: string = 1;\n';
  const reported = "a.ts(2,7): error TS2322: Type 'number' is\n  not assignable to type 'string'.\n";

  it('accepts an error of this code and text on the next line', () => {
    expect(differences(expectedErrors('a.ts', source), reportedErrors(reported))).to.deep.equal([]);
  });

  it('refuses a source that compiles', () => {
    expect(differences(expectedErrors('a.ts', source), [])).to.deep.equal([
      'compiled, but must not: a.ts:2 TS2322 not assignable',
    ]);
  });

  for (const [what, output] of [
    ['line', reported.replace('(2,7)', '(3,7)')],
    ['file', reported.replace('a.ts', 'b.ts')],
    ['code', reported.replace('TS2322', 'TS2345')],
    ['text', reported.replace('not assignable', 'not good')],
  ] as const) {
    it(`refuses an error of another ${what}`, () => {
      expect(differences(expectedErrors('a.ts', source), reportedErrors(output))).to.have.length(2);
    });
  }

  it('refuses an error nobody expects, and output that is no error of a file', () => {
    expect(differences([], reportedErrors(reported))).to.have.length(1);
    expect(differences([], reportedErrors('error TS18003: No inputs were found.'))).to.have.length(1);
  });
});
