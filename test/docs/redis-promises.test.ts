import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  redisClientContract,
  redisLinkFaultsContract,
  redisPubSubContract,
  redisServerFaultsContract,
  redisTransactionsContract,
} from '../../src/testing/index.js';
import { projectRoot } from '../support/project-root.js';

function read(...path: string[]): string {
  return readFileSync(join(projectRoot, ...path), 'utf8');
}

/** The cells of the tables of a text whose first column has this heading. */
function rowsUnder(heading: string, text: string): string[][] {
  const rows: string[][] = [];
  let within = false;
  for (const line of text.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    if (!line.startsWith('|')) within = false;
    else if (cells[1] === heading) within = true;
    else if (within && !/^-+$/.test(cells[1] ?? '')) rows.push(cells.slice(1, -1));
  }
  return rows;
}

/** The section of a document, up to the next heading of its rank. */
function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n${heading}\n`);
  return rest.split(new RegExp(`\\n#{1,${heading.indexOf(' ')}} `))[0] ?? '';
}

function never(): Promise<never> {
  return expect.fail('Nothing is run.');
}

describe('the promises of docs/redis.md', () => {
  const redis = read('docs', 'redis.md');
  const promised = [
    '### What is promised when what fails',
    '### What is promised of subscriptions',
    '## Guarantees',
  ].flatMap((heading) => rowsUnder('what happens', section(redis, heading)).map(([what = '']) => what));
  const shown = rowsUnder(
    'what happens',
    section(read('docs', 'testing.md'), '### What holds the promises of Redis'),
  );

  it('each have a test in docs/testing.md', () => {
    expect(promised.length).to.be.greaterThan(20);
    expect(new Set(shown.map(([what]) => what))).to.deep.equal(new Set(promised));
  });

  it('have tests there that exist', () => {
    const titles = new Set(
      [
        redisClientContract(never),
        redisTransactionsContract(never),
        redisPubSubContract(never),
        redisLinkFaultsContract(never),
        redisServerFaultsContract(never),
      ].flatMap((tests) => tests.map(({ title }) => title)),
    );
    const others = ['contract', 'unit'].flatMap((kind) => {
      const folder = join(projectRoot, 'test', kind, 'redis');
      return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    });
    const missing = shown
      .map(([, title = '']) => title)
      .filter((title) => !titles.has(title) && !others.some((text) => text.includes(`it('${title}'`)));
    expect(missing).to.deep.equal([]);
  });
});
