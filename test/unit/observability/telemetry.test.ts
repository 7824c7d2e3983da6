import { expect } from 'chai';
import { type Ending, type Operation, Telemetry } from '../../../src/observability/telemetry.js';

const operation: Operation = {
  kind: 'command',
  source: {},
  name: 'GET',
  client: 'desk',
  attributes: () => ({}),
};

/** The process warnings while `work` runs. */
async function warningsDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const warnings: string[] = [];
  const listen = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', listen);
  try {
    await work();
    // Warnings are told in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', listen);
  }
  return warnings;
}

describe(Telemetry.name, () => {
  it('begins the work at once, and tells each observer how it ended', async () => {
    const telemetry = new Telemetry();
    const endings: Ending[] = [];
    const leave = telemetry.add({ isActive: true, begin: () => ({ end: (ending) => endings.push(ending) }) });
    const begun: string[] = [];
    const first = telemetry.observe(
      operation,
      () => begun.push('first'),
      () => ({ a: 1 }),
    );
    begun.push('second');
    await first;
    expect(begun).to.deep.equal(['first', 'second']);
    expect(endings[0]?.attributes?.()).to.deep.equal({ a: 1 });
    const failure = new RangeError('no');
    expect(
      await telemetry.observe(operation, () => Promise.reject(failure)).catch((e: unknown) => e),
    ).to.equal(failure);
    expect(endings[1]?.failure?.error).to.equal(failure);
    leave();
    expect(telemetry.isObserved).to.equal(false);
  });

  it('runs the work inside each observer, with the trace of the first that has one', async () => {
    const telemetry = new Telemetry();
    const order: string[] = [];
    for (const name of ['a', 'b']) {
      telemetry.add({
        isActive: true,
        begin: () => ({
          trace: { traceparent: name },
          run: (work) => {
            order.push(name);
            return work();
          },
          end: () => undefined,
        }),
      });
    }
    expect(await telemetry.observe(operation, (trace) => trace?.traceparent)).to.equal('a');
    expect(order).to.deep.equal(['b', 'a']);
  });

  it('takes off an observer that throws, and fails nobody', async () => {
    const telemetry = new Telemetry();
    telemetry.add({
      isActive: true,
      begin: () => {
        throw new TypeError('a bug');
      },
    });
    telemetry.add({
      isActive: true,
      begin: () => ({
        end: () => {
          throw new TypeError('another bug');
        },
      }),
    });
    const warnings = await warningsDuring(async () => {
      expect(await telemetry.observe(operation, () => 7)).to.equal(7);
    });
    expect(warnings.map((text) => text.split(': ').at(-1))).to.deep.equal(['a bug', 'another bug']);
    expect(telemetry.isObserved).to.equal(false);
  });
});
