import { Kafka, logLevel } from 'kafkajs';
import { eventRegistry, parseEnvelope } from '../../../src/index.js';
import { Progress } from '../progress.js';
import { definition } from '../sample-event.js';
import { addressAndTopic, serve } from '../serve.js';

// kafkajs as it comes: nothing here makes a driver of slipway, which would patch its timer.
const { servers, topic } = addressAndTopic();
const kafka = new Kafka({ clientId: 'bench-kafkajs', brokers: [servers], logLevel: logLevel.NOTHING });
const registry = eventRegistry([definition(topic)]);
let group = 0;

await serve({
  async consume(count = 0) {
    const progress = new Progress(count);
    const handle = async (event: Parameters<Progress['note']>[0]): Promise<void> => progress.note(event);
    const consumer = kafka.consumer({ groupId: `bench-kafkajs-${process.pid}-${(group += 1)}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
        for (const { value, offset } of batch.messages) {
          if (!isRunning() || isStale()) break;
          if (value !== null) await handle(registry.parse(parseEnvelope(value)));
          resolveOffset(offset);
        }
        await heartbeat();
      },
    });
    const elapsedMs = await progress.elapsedMs;
    await consumer.disconnect();
    return elapsedMs;
  },
});
