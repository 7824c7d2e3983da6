import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '../../src/errors/codes.js';
import { projectRoot } from '../support/project-root.js';

/** The sections of docs/errors.md: text by heading. */
function sections(markdown: string): Map<string, string> {
  const [, ...parts] = markdown.split(/^## /m);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end).trim(), part.slice(end).trim()];
    }),
  );
}

describe('error codes', () => {
  const documented = sections(readFileSync(join(projectRoot, 'docs', 'errors.md'), 'utf8'));
  const codes = Object.keys(errorCodes);

  it('all have a section in docs/errors.md', () => {
    expect(codes).to.have.length.greaterThan(10);
    expect(codes.filter((code) => !documented.has(code))).to.deep.equal([]);
  });

  it('are all that docs/errors.md describes', () => {
    expect([...documented.keys()].filter((heading) => !codes.includes(heading))).to.deep.equal([]);
  });

  it('are each explained', () => {
    const bare = [...documented].filter(([, text]) => text.length < 60).map(([heading]) => heading);
    expect(bare).to.deep.equal([]);
  });

  it('name an area and what happened', () => {
    expect(codes.filter((code) => !/^SLIPWAY_[A-Z]+(_[A-Z]+)+$/.test(code))).to.deep.equal([]);
  });
});
