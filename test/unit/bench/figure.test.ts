import { expect } from 'chai';
import { type Figure, asWithout, figure, meetsGoal } from '../../../bench/measure/figure.js';

function withGoal(value: number, goal?: string, spread?: readonly [number, number]): Figure {
  return {
    id: 'suite.thing/other',
    value,
    unit: 'ratio',
    ...(goal === undefined ? {} : { goal }),
    ...(spread === undefined ? {} : { spread }),
  };
}

describe('figure', () => {
  it('keeps four digits', () => {
    expect(figure('a', { median: 2.345_678, spread: [0.000_123_456, 1_234_567] }, 'ns')).to.deep.equal({
      id: 'a',
      value: 2.346,
      unit: 'ns',
      spread: [0.000_123_5, 1_235_000],
    });
  });

  it('carries a goal and who it is against only where there are any', () => {
    const summary = { median: 31, spread: [30, 32] } as const;
    expect(figure('a', summary, 'times faster', '>=30', 'other')).to.include({
      goal: '>=30',
      against: 'other',
    });
    expect(figure('a', summary, 'times faster')).to.not.have.any.keys('goal', 'against');
  });
});

describe('meetsGoal', () => {
  const cases: readonly (readonly [goal: string, value: number, met: boolean])[] = [
    ['<=4', 4, true],
    ['<=4', 4.001, false],
    ['<=1.5', 1.5, true],
    ['<1000000', 999_999, true],
    ['<1000000', 1_000_000, false],
    ['<1000000', -200, true],
    ['>=30', 30, true],
    ['>=30', 29.99, false],
  ];
  for (const [goal, value, met] of cases) {
    it(`says that ${value} ${met ? 'meets' : 'misses'} ${goal}`, () => {
      expect(meetsGoal(withGoal(value, goal))).to.equal(met);
    });
  }

  it(`takes '${asWithout}' as met while the rounds reach down to about 1`, () => {
    expect(meetsGoal(withGoal(1.2, asWithout, [1.04, 1.4]))).to.equal(true);
    expect(meetsGoal(withGoal(1.2, asWithout, [1.1, 1.3]))).to.equal(false);
    expect(meetsGoal(withGoal(1.04, asWithout))).to.equal(true);
    expect(meetsGoal(withGoal(1.06, asWithout))).to.equal(false);
  });

  it('says nothing of a figure without a goal', () => {
    expect(meetsGoal(withGoal(1e9))).to.equal(undefined);
  });

  it('refuses a goal that it cannot read, and names the figure', () => {
    for (const goal of ['', 'fast', '<= 4', '=4', '<=4x', '>4']) {
      expect(() => meetsGoal(withGoal(1, goal))).to.throw(SyntaxError, 'suite.thing/other');
    }
  });
});
