import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { projectRoot } from '../support/project-root.js';
import { run } from '../support/run.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type CompileError, differences, expectedErrors, reportedErrors } from '../types/expected-errors.js';
import { asUser, type Program, programsOf, quotesOf, uncheckedBlocks } from './examples.js';

const docs = join(projectRoot, 'docs');
const texts = new Map(
  readdirSync(docs)
    .filter((name) => name.endsWith('.md'))
    .map((name) => [name, readFileSync(join(docs, name), 'utf8')]),
);
/** Documents all of whose TypeScript is checked. */
const checked = [
  'health.md',
  'idempotency.md',
  'lifecycle.md',
  'logging.md',
  'observability.md',
  'porting.md',
  'redis.md',
  'scopes.md',
  'testing.md',
];

/** A project in `folder` in which the build of this one is the package `slipway`. */
async function makeProject(folder: string, programs: readonly (Program & { readonly file: string })[]) {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'slipway'), { recursive: true });
  for (const [name, file] of [
    ['index', 'index.js'],
    ['testing', 'testing/index.js'],
  ] as const) {
    const entry = JSON.stringify(join(projectRoot, 'build', 'src', file));
    for (const kind of ['js', 'd.ts']) {
      await writeFile(join(modules, 'slipway', `${name}.${kind}`), `export * from ${entry};\n`);
    }
  }
  const manifest = {
    name: 'slipway',
    type: 'module',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './testing': { types: './testing.d.ts', default: './testing.js' },
    },
  };
  await writeFile(join(modules, 'slipway', 'package.json'), JSON.stringify(manifest));
  const packages = ['inversify', 'zod', 'chai', 'sinon', '@types/chai', '@types/sinon', '@types/node'];
  for (const name of packages) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(projectRoot, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = {
    rootDir: '.',
    outDir: 'out',
    types: ['node'],
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    skipLibCheck: true,
  };
  const tsconfig = {
    extends: join(projectRoot, 'tsconfig.json'),
    compilerOptions,
    include: ['*.ts'],
    exclude: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  await Promise.all(programs.map(({ file, source }) => writeFile(join(folder, `${file}.ts`), source)));
}

/** What importing `file` prints, without empty lines. */
async function printedBy(file: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (...values: unknown[]): void => {
    lines.push(...format(...values).split('\n'));
  };
  try {
    await import(pathToFileURL(file).href);
  } finally {
    console.log = log;
  }
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

/** Text that ends with `…` stands for any that begins so. */
function shortened(line: string, expected = ''): string {
  return expected.endsWith('…') && line.startsWith(expected.slice(0, -1)) ? expected : line;
}

describe('the examples of docs/', () => {
  const programs = [...texts].flatMap(([document, text]) =>
    programsOf(document, text).map((program, index) => ({
      ...program,
      file: `${document.replace('.md', '')}-${index + 1}`,
    })),
  );
  let temporary: TemporaryFolder;
  let reported: CompileError[];

  before(async () => {
    temporary = new TemporaryFolder('docs');
    await makeProject(temporary.path, programs);
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const { output } = await run(process.execPath, [tsc, '--pretty', 'false'], { cwd: temporary.path });
    reported = reportedErrors(output);
  });

  after(() => temporary[Symbol.dispose]());

  it('are there, and leave no TypeScript of these documents unchecked', () => {
    expect(programs.filter(({ output }) => output !== undefined).length).to.be.greaterThan(20);
    for (const document of checked) {
      expect(uncheckedBlocks(texts.get(document) ?? ''), document).to.deep.equal([]);
    }
  });

  it('show files of this project as they stand', async () => {
    const quotes = [...texts.values()].flatMap(quotesOf);
    expect(quotes).to.not.deep.equal([]);
    for (const { file, text } of quotes) {
      expect(asUser(await readFile(join(projectRoot, file), 'utf8')), file).to.equal(text);
    }
  });

  it('compile, but for those that must not', () => {
    const stray = reported.filter(({ file }) => !programs.some((program) => file === `${program.file}.ts`));
    expect(stray).to.deep.equal([]);
    const silent = programs.filter(
      ({ output, source }) => output === undefined && expectedErrors('', source).length === 0,
    );
    expect(silent.map(({ name }) => name)).to.deep.equal([]);
    const wrong = programs.flatMap(({ name, file, source, output }) => {
      const expected = output === undefined ? expectedErrors(`${file}.ts`, source) : [];
      const found = reported.filter((error) => error.file === `${file}.ts`);
      return differences(expected, found).map((difference) => `${name}: ${difference}`);
    });
    expect(wrong).to.deep.equal([]);
  });

  for (const { name, file, output } of programs) {
    if (output === undefined) continue;
    it(`run and print what they say: ${name}`, async () => {
      expect(output).to.not.deep.equal([]);
      const lines = await printedBy(join(temporary.path, 'out', `${file}.js`));
      expect(lines.map((line, index) => shortened(line, output[index]))).to.deep.equal(output);
    });
  }
});

describe('the reading of examples', () => {
  const markdown = [
    '## One',
    '```ts run',
    'const a = 1;',
    '```',
    'text',
    '```ts run',
    'console.log(a); // -> 1',
    '// ->   2  ',
    '```',
    '```ts error',
    '// error: TS2322 not assignable',
    "const b: number = 'b';",
    '```',
    '## Two',
    '```ts',
    'unchecked();',
    '```',
    '```json',
    '{}',
    '```',
  ].join('\n');

  it('makes one program of a section, each line where the document has it', () => {
    const [program] = programsOf('a.md', markdown);
    expect(program?.name).to.equal('a.md:3');
    expect(program?.source.split('\n').slice(0, 9)).to.deep.equal([
      '',
      '',
      'const a = 1;',
      '',
      '',
      '',
      'console.log(a); // -> 1',
      '// ->   2  ',
      'export {};',
    ]);
    expect(program?.output).to.deep.equal(['1', '2']);
  });

  it('makes a program of its own of a block that must not compile', () => {
    const [, program, ...others] = programsOf('a.md', markdown);
    expect(others).to.deep.equal([]);
    expect(program?.name).to.equal('a.md:11');
    expect(program?.output).to.equal(undefined);
    expect(expectedErrors('a.ts', program?.source ?? '')).to.deep.equal([
      { file: 'a.ts', line: 12, code: 'TS2322', text: 'not assignable' },
    ]);
  });

  it('finds blocks that nothing checks', () => {
    expect(uncheckedBlocks(markdown)).to.deep.equal([15]);
  });

  it('compares the whole of a line, or what stands before an ellipsis', () => {
    expect(shortened('abc', 'ab…')).to.equal('ab…');
    expect(shortened('abc', 'ac…')).to.equal('abc');
    expect(shortened('abc', 'ab')).to.equal('abc');
  });

  it('refuses a block without an end', () => {
    expect(() => programsOf('a.md', '```ts run\nx')).to.throw('line 1 has no end');
  });
});
