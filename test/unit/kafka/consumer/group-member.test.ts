import { expect } from 'chai';
import { silentLogger } from '../../../../src/index.js';
import type { ConsumerPort } from '../../../../src/kafka/consumer-port.js';
import { resolveConsumerSettings } from '../../../../src/kafka/consumer/consumer-settings.js';
import { GroupMember } from '../../../../src/kafka/consumer/group-member.js';
import { PartitionWork } from '../../../../src/kafka/consumer/partition-work.js';
import { DriverError } from '../../../../src/kafka/driver-error.js';
import { until } from '../../../support/until.js';

const nothing = (): void => undefined;
const port = {
  memberId: 'member',
  connect: () => Promise.resolve(),
  run: () => Promise.resolve(),
  // Answers nothing: the flush before the partitions go takes its whole time.
  commit: () => new Promise(nothing),
  pause: nothing,
  resume: nothing,
  endOffsets: () => Promise.resolve([]),
  close: () => Promise.resolve(),
  kill: () => Promise.resolve(),
} as unknown as ConsumerPort;

describe(GroupMember.name, () => {
  it('keeps the partitions that it has been given since a revocation that ends late', async () => {
    const told: string[] = [];
    const settings = resolveConsumerSettings({ groupId: 'desk', retryBackoffMs: 1, sessionTimeoutMs: 400 });
    const member = new GroupMember({
      settings,
      topics: ['counted'],
      logger: silentLogger,
      createConsumer: () => port,
      createWork: (partition, onDone) =>
        new PartitionWork(partition, settings, () => Promise.resolve(true), onDone),
      events: {
        onDown: nothing,
        onUp: nothing,
        onCommit: nothing,
        onRebalance: (type) => told.push(type),
      },
    });
    await member.open(1_000);
    const partitions = [{ topic: 'counted', partition: 0 }];
    member.onAssigned(partitions);
    await member.onBatch({ topic: 'counted', partition: 0, records: [], nextOffset: 1n, highWatermark: 1n });
    const revoked = member.onRevoked(partitions);
    member.onCrash(new DriverError('unavailable', 'cut'));
    await until(() => told.includes('revoked'), 'it has given them up');
    member.onAssigned(partitions);
    await revoked;
    expect(member.works).to.have.length(1);
    expect(told).to.deep.equal(['assigned', 'revoked', 'assigned']);
    await member.leave();
  });
});
