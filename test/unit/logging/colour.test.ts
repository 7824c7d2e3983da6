import { Writable } from 'node:stream';
import { expect } from 'chai';
import { usesColour } from '../../../src/logging/colour.js';

const terminal = (colours: boolean) =>
  Object.assign(new Writable(), { isTTY: true, hasColors: () => colours });

describe(usesColour.name, () => {
  const pipe = new Writable();
  for (const [what, stream, env, expected] of [
    ['a terminal', terminal(true), {}, true],
    ['a terminal without colours', terminal(false), {}, false],
    ['a pipe', pipe, {}, false],
    ['a terminal with NO_COLOR', terminal(true), { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', terminal(true), { NO_COLOR: '' }, true],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['a pipe with an empty FORCE_COLOR', pipe, { FORCE_COLOR: '' }, true],
    ['a pipe with FORCE_COLOR and NO_COLOR', pipe, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
    ['a terminal with FORCE_COLOR=0', terminal(true), { FORCE_COLOR: '0' }, false],
    ['a terminal with FORCE_COLOR=false', terminal(true), { FORCE_COLOR: 'false' }, false],
  ] as const) {
    it(`is ${expected} for ${what}`, () => {
      expect(usesColour(stream, env)).to.equal(expected);
    });
  }
});
