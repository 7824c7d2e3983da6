import { KafkaBus, type KafkaBusSettings } from '../../../src/index.js';
import { liveMemory } from '../../measure/memory.js';
import { envelope, keyOf } from '../sample.js';
import { addressAndTopic, serve } from '../serve.js';

const megabyte = 1_000_000;
/** What a burst may hold: less than a tenth of what it is made of. */
const burstBufferBytes = 4 * 1024 * 1024;

const { servers, topic } = addressAndTopic();
let peakRss = 0;

async function withBus<T>(
  settings: Partial<KafkaBusSettings>,
  work: (bus: KafkaBus) => Promise<T>,
): Promise<T> {
  await using bus = new KafkaBus({ clientId: 'bench-memory', bootstrapServers: servers, ...settings });
  await bus.start();
  return await work(bus);
}

/** Publishes `count` messages by `callers` at once. */
async function publishAll(bus: KafkaBus, count: number, callers: number): Promise<void> {
  let next = 0;
  const flow = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await bus.publish(topic, envelope(), { key: keyOf(next) });
      if (next % 1_000 === 0) peakRss = Math.max(peakRss, process.memoryUsage.rss());
    }
  };
  await Promise.all(Array.from({ length: callers }, flow));
}

await serve({
  /** The megabytes by which live memory grows while so many messages are published, after a tenth of them. */
  grow: (count = 0, callers = 1) =>
    withBus({}, async (bus) => {
      await publishAll(bus, Math.ceil(count / 10), callers);
      const before = await liveMemory();
      await publishAll(bus, count, callers);
      return ((await liveMemory()) - before) / megabyte;
    }),
  /** The most that was buffered of so many publishes at once, by what may be. */
  burst: (count = 0) =>
    withBus(
      { maxBufferedBytes: burstBufferBytes, maxBlockMs: 120_000, deliveryTimeoutMs: 120_000 },
      async (bus) => {
        let peak = 0;
        const look = (): void => {
          peak = Math.max(peak, bus.stats().bufferedBytes);
        };
        const one = async (_: unknown, number: number): Promise<void> => {
          const published = bus.publish(topic, envelope(), { key: keyOf(number) });
          look();
          await published;
          look();
        };
        await Promise.all(Array.from({ length: count }, one));
        return peak / burstBufferBytes;
      },
    ),
  /** The most megabytes that the process has had. */
  rss: () => Promise.resolve(Math.max(peakRss, process.memoryUsage.rss()) / megabyte),
});
