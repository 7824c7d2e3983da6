import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.js';

const file = 'test/unit/testing/reviews.test.ts';

// What it says of the service is run as any other test is.
describe(`${file}, the test of a service with three dependencies`, () => {
  const source = readFileSync(join(projectRoot, file), 'utf8');

  it('takes 15 lines, imports and all', () => {
    expect(source.trimEnd().split('\n')).to.have.length.within(10, 15);
    expect(source.match(/stub\(/g)).to.have.length(3);
  });

  it('has no casts, and switches nothing off', () => {
    expect(source).to.not.match(/\bas\b|<any>|: any|@ts-|eslint|prettier-ignore|!\./);
  });
});
