import { expect } from 'chai';
import { accountOfKey, type Note } from '../../support/kafka/key-order.js';

/** `a:0 a:0+ a:1-`: member a begins step 0, ends it well, and step 1 has failed. */
function notes(text: string): Note[] {
  return text.split(' ').map((each) => {
    const [tenure = '', rest = ''] = each.split(':');
    const what = rest.endsWith('+') ? 'done' : rest.endsWith('-') ? 'failed' : 'begin';
    return { tenure, step: Number.parseInt(rest, 10), what };
  });
}

const account = (text: string, ...buried: number[]) => accountOfKey(notes(text), new Set(buried));

describe(accountOfKey.name, () => {
  for (const [what, text, buried, repeats, late] of [
    ['one after the other', 'a:0 a:0+ a:1 a:1+', [], 0, 0],
    ['attempts', 'a:0 a:0- a:0 a:0- a:0 a:0+ a:1 a:1+', [], 0, 0],
    ['a poison message that is passed', 'a:0 a:0- a:1 a:1+', [0], 0, 0],
    ['another that goes on where one was killed', 'a:0 a:0+ a:1 b:1 b:1+ b:2 b:2+', [], 0, 0],
    [
      'another that goes back to the committed offset',
      'a:0 a:0+ a:1 a:1+ a:2 b:0 b:0+ b:1 b:1+ b:2',
      [],
      2,
      0,
    ],
    ['one that does not know yet that another has its place', 'a:0 a:0+ b:0 a:1 b:0+ a:1+ b:1', [], 1, 1],
  ] as const) {
    it(`takes ${what}`, () => {
      expect(account(text, ...buried)).to.deep.equal({ faults: [], repeats, late });
    });
  }

  for (const [what, text, fault] of [
    ['an event that is left out', 'a:0 a:0+ a:2', 'a began 2 after 0'],
    ['going back without a new tenure', 'a:0 a:0+ a:1 a:1+ a:0', 'a began 0 after 1'],
    ['two at a time', 'a:0 a:1', 'a began 1 before the end of 0'],
    ['going on after a failure', 'a:0 a:0- a:1', 'a began 1 before the end of 0'],
    ['an offset that was committed too early', 'a:0 a:0+ a:1 b:2', 'b began with 2 while 1 was not finished'],
    ['a first event that is not the first', 'a:1', 'a began with 1 while 0 was not finished'],
    ['an end without a begin', 'a:0 a:1+', 'a ended 1, which it had not begun'],
  ] as const) {
    it(`finds ${what}`, () => {
      expect(account(text).faults).to.deep.equal([fault]);
    });
  }
});
