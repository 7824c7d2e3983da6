import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { kafkaVariables, redisVariables, serviceVariables, settingsTable } from '../../../src/index.js';

describe('docs/settings.md', () => {
  it('holds the table of the variables as the schemas have it', () => {
    const text = readFileSync(new URL('../../../../docs/settings.md', import.meta.url), 'utf8');
    const table = settingsTable([serviceVariables, redisVariables, kafkaVariables]);
    expect(cells(text)).to.deep.equal(cells(table));
  });
});

/** Rows of a table without the padding that prettier gives its columns. */
function cells(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}
