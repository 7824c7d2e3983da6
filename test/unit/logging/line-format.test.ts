import { expect } from 'chai';
import { createLoggerFactory, type LogContext, withLogContext } from '../../../src/index.js';
import { consoleLine } from '../../../src/logging/line-format.js';
import { MemoryLog } from '../../support/memory-log.js';

async function shown(
  message: string,
  context?: LogContext,
  options: { stacks?: boolean } = {},
): Promise<string> {
  const log = new MemoryLog();
  const factory = createLoggerFactory({ service: 'essay-desk', format: 'console', stream: log, ...options });
  factory('kafka-bus').warn(message, context);
  await factory.flush();
  return log.text;
}

describe(consoleLine.name, () => {
  it('shows time, level, module, message and fields', async () => {
    const line = await withLogContext({ correlationId: 'c-1' }, () =>
      shown('Published.', { topic: 'essays', partition: 3, title: 'two words', none: null, list: [1, 'a'] }),
    );
    expect(line).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}kafka-bus: Published\. topic=essays partition=3 title="two words" none=null list=\[1,"a"\] correlation_id=c-1\n$/,
    );
  });

  it('shows an error with its causes on lines of their own', async () => {
    const cause = new AggregateError([new Error('a'), 'b'], 'all', { cause: 'c' });
    expect(
      (await shown('Failed.', { error: new Error('no', { cause }) })).split('\n').slice(1),
    ).to.deep.equal([
      '    error: Error: no',
      '    caused by: AggregateError: all',
      '    one of them: Error: a',
      '    one of them: b',
      '    caused by: c',
      '',
    ]);
  });

  it('shows what an aggregate holds at every depth, codes, and each line of a message', async () => {
    const deep = new AggregateError([new AggregateError([new TypeError('deep')], 'inner')], 'outer');
    const coded = Object.assign(new Error('first\nsecond'), { code: 'EPIPE', cause: deep });
    expect((await shown('Failed.', { error: coded })).split('\n').slice(1, -1)).to.deep.equal([
      '    error: Error: first (EPIPE)',
      '    | second',
      '    caused by: AggregateError: outer',
      '    one of them: AggregateError: inner',
      '    one of them: TypeError: deep',
    ]);
  });

  it('does not take a record that looks like an error for one', async () => {
    expect(await shown('x', { user: { name: 'a', message: 'b' } })).to.contain(
      ' user={"name":"a","message":"b"}\n',
    );
  });

  it('shows stacks on request', async () => {
    const text = await shown('Failed.', { error: new Error('no\nat a lie') }, { stacks: true });
    expect(text).to.contain('    error: Error: no\n    | at a lie\n      at Context.');
    expect(text.match(/at a lie/g)).to.have.length(1);
  });

  it('escapes control characters: no line can be forged, no terminal driven', async () => {
    const text = await shown('a\r\nERROR forged\u001b[2J\u2028', { 'k\ney': 'v\u0007', list: ['\u009b'] });
    expect(text).to.match(
      /: a k\\u000aey="v\\u0007" list=\["\\u009b"\]\n {4}\| ERROR forged\\u001b\[2J\\u2028\n$/,
    );
    expect(text.replaceAll('\n', '')).to.not.match(/\p{Cc}/u);
  });

  it('is in colour where that is asked for', () => {
    const record = {
      timestamp: '2026-11-21T22:00:00.000Z',
      level: 'error',
      service: 's',
      module: 'm',
      message: 'x',
    } as const;
    expect(consoleLine(record, true)).to.equal(
      '\u001b[90m22:00:00.000\u001b[0m \u001b[31mERROR\u001b[0m m: x',
    );
    expect(consoleLine(record)).to.equal('22:00:00.000 ERROR m: x');
  });
});
