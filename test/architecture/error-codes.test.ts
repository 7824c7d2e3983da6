import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodes } from '../../src/errors/codes.js';
import { httpStatuses } from '../../src/errors/http-status.js';
import { httpStatusOf, SlipwayError } from '../../src/index.js';
import { projectRoot } from '../support/project-root.js';
import { codeOf } from './imports.js';
import { readSources } from './sources.js';

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

/** In the table and thrown by nothing yet. */
const notThrown = ['SLIPWAY_TOKEN_INVALID'];

describe('error codes', () => {
  const document = readFileSync(join(projectRoot, 'docs', 'errors.md'), 'utf8');
  const documented = sections(document);
  const sources = readSources();
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

  it('name an area, which is a folder of src, and what happened', () => {
    expect(codes.filter((code) => !/^SLIPWAY_[A-Z]+(_[A-Z]+)+$/.test(code))).to.deep.equal([]);
    const folders = new Set([...sources.keys()].map((path) => path.split('/')[0]));
    const areas = new Set(codes.map((code) => code.split('_')[1]?.toLowerCase() ?? ''));
    const homeless = [...areas].filter((area) => !folders.has(area) && !folders.has(`${area}s`));
    expect(homeless).to.deep.equal([]);
  });

  it('say whether the same call may succeed later', () => {
    const unclear = Object.entries(errorCodes).filter(([, entry]) => typeof entry.retryable !== 'boolean');
    expect(unclear).to.deep.equal([]);
  });

  it('are each used by the code', () => {
    const elsewhere = [...sources].filter(
      ([path]) => !path.startsWith('errors/codes.') && path !== 'errors/http-status.ts',
    );
    const code = elsewhere.map(([, source]) => codeOf(source)).join('\n');
    expect(codes.filter((each) => !new RegExp(`'${each}'`).test(code))).to.deep.equal(notThrown);
  });

  it('are answered with 503 where they are retryable and 500 where not, but for the list in docs/errors.md', () => {
    const rows = [...document.matchAll(/^\|\s*`(SLIPWAY_\w+)`\s*\|\s*(\d{3})\s*\|$/gm)];
    expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).to.deep.equal(
      httpStatuses,
    );
    for (const code of Object.keys(errorCodes) as (keyof typeof errorCodes)[]) {
      if (code in httpStatuses || code === 'SLIPWAY_CONTAINER_BUILD') continue;
      const status = httpStatusOf(new SlipwayError(code, { message: 'x' }));
      expect(status, code).to.equal(errorCodes[code].retryable ? 503 : 500);
    }
  });
});
