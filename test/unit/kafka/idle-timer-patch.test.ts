import { createHook } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { patchIdleTimer } from '../../../src/kafka/drivers/kafkajs/idle-timer-patch.js';
import { patchedVersion } from '../../../src/kafka/drivers/kafkajs/patched-version.js';
import { KafkaBus } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';

/** How many timers this process makes in `ms`. */
async function timersWithin(ms: number): Promise<number> {
  let count = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'Timeout') count += 1;
    },
  });
  hook.enable();
  await delay(ms);
  hook.disable();
  return count;
}

describe('patchIdleTimer', () => {
  it('touches no other version than the one it was made for', () => {
    expect(patchIdleTimer('2.2.5')).to.equal(false);
    expect(patchIdleTimer('2.2.3')).to.equal(false);
    expect(patchedVersion).to.equal('2.2.4');
  });

  it('fits the installed kafkajs: a connected bus that idles makes no timers', async () => {
    expect(patchIdleTimer()).to.equal(true);
    await using double = await KafkaWireDouble.start({ topics: { events: 1 } });
    await using bus = new KafkaBus({ clientId: 'idle', bootstrapServers: double.bootstrapServers });
    await bus.start();
    await bus.publish('events', numbered(1));
    // One is the pause of the count itself, some are of the bus's own questions; kafkajs unpatched makes several hundred.
    expect(await timersWithin(300)).to.be.lessThan(30);
  });
});
