import { expect } from 'chai';
import { ratios, summarize } from '../../../bench/measure/statistics.js';

describe('summarize', () => {
  it('gives the median and the quartiles', () => {
    expect(summarize([5, 1, 4, 2, 3])).to.deep.equal({ median: 3, spread: [2, 4] });
  });

  it('interpolates between neighbours', () => {
    expect(summarize([0, 10, 20, 30])).to.deep.equal({ median: 15, spread: [7.5, 22.5] });
  });

  it('orders by number, and leaves the sample as it was', () => {
    const sample = [100, 9, 20];
    expect(summarize(sample).median).to.equal(20);
    expect(sample).to.deep.equal([100, 9, 20]);
  });

  it('is not moved by one round in which the machine was busy', () => {
    expect(summarize([2, 2, 2, 2, 9000])).to.deep.equal({ median: 2, spread: [2, 2] });
  });

  it('knows a single value', () => {
    expect(summarize([7])).to.deep.equal({ median: 7, spread: [7, 7] });
  });

  it('refuses an empty sample and what is no number', () => {
    expect(() => summarize([])).to.throw(RangeError);
    expect(() => summarize([1, Number.NaN])).to.throw(RangeError);
  });
});

describe('ratios', () => {
  it('divides within each round', () => {
    expect(ratios([10, 40, 90], [5, 10, 30])).to.deep.equal([2, 4, 3]);
  });

  it('refuses samples of different rounds', () => {
    expect(() => ratios([1, 2], [1])).to.throw(RangeError, '2');
  });
});
