import { EventConsumer } from '../../../src/index.js';
import { countedIn } from '../../support/kafka/consuming.js';

/** A consumer in a process of its own, to be killed: prints each event that it has handled. */
const consumer = new EventConsumer({
  groupId: process.env['GROUP'] ?? '',
  bootstrapServers: process.env['SERVERS'] ?? '',
  autoOffsetReset: 'earliest',
  sessionTimeoutMs: 1_500,
  commitIntervalMs: 50,
  concurrency: 4,
});
consumer.subscribe(countedIn(process.env['TOPIC'] ?? ''), async ({ data }) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.stdout.write(`handled ${data.number}\n`);
});
await consumer.start();
