import { expect } from 'chai';
import { jsonLine, table } from '../../../bench/measure/format.js';

describe('jsonLine', () => {
  it('is one line with the members in the order of the documentation', () => {
    expect(
      jsonLine({
        spread: [2.2, 2.7],
        goal: '<=4',
        unit: 'ratio',
        value: 2.4,
        id: 'container.scope.sync/hand',
      }),
    ).to.equal(
      '{"id":"container.scope.sync/hand","value":2.4,"unit":"ratio","goal":"<=4","spread":[2.2,2.7]}',
    );
  });

  it('leaves out what a figure has not', () => {
    expect(jsonLine({ id: 'a', value: 1, unit: 'ns' })).to.equal('{"id":"a","value":1,"unit":"ns"}');
  });

  it('tells who it turned out to be against', () => {
    const line = jsonLine({ id: 'a/best', value: 31, unit: 'times faster', against: 'other' });
    expect(JSON.parse(line)).to.have.property('against', 'other');
  });
});

describe('table', () => {
  it('aligns the columns and marks the goals', () => {
    const text = table([
      { id: 'suite.first/other', value: 2.346, unit: 'ratio', goal: '<=4', spread: [2.2, 2.7] },
      { id: 'suite.second', value: 1_234.5, unit: 'bytes', goal: '<1000' },
      { id: 'suite.third/best', value: 31, unit: 'times faster', against: 'other' },
    ]);
    expect(text).to.equal(
      [
        'figure             median  unit                  quartiles   goal',
        'suite.first/other    2.35  ratio                 2.2 .. 2.7  <=4    ok',
        'suite.second        1,235  bytes                             <1000  MISSED',
        'suite.third/best       31  times faster (other)',
      ].join('\n'),
    );
  });

  it('shows the headings alone where there is no figure', () => {
    expect(table([])).to.equal('figure  median  unit  quartiles  goal');
  });
});
