import { EventConsumer } from '../../../src/index.js';
import { Progress } from '../progress.js';
import { definition } from '../sample-event.js';
import { addressAndTopic, serve } from '../serve.js';

const { servers, topic } = addressAndTopic();
let group = 0;

await serve({
  async consume(count = 0) {
    const progress = new Progress(count);
    await using consumer = new EventConsumer({
      groupId: `bench-slipway-${process.pid}-${(group += 1)}`,
      bootstrapServers: servers,
      autoOffsetReset: 'earliest',
    });
    consumer.subscribe(definition(topic), async (event) => progress.note(event));
    await consumer.start();
    return await progress.elapsedMs;
  },
});
