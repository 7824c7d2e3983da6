import { Producer, stringSerializers } from '@platformatic/kafka';
import { headersOf, keyOf, wireEvent } from '../sample.js';
import { addressAndTopic, publishing, serve } from '../serve.js';

const { servers, topic } = addressAndTopic();
const producer = new Producer({
  clientId: 'bench-platformatic',
  bootstrapBrokers: [servers],
  serializers: stringSerializers,
  idempotent: true,
  acks: -1,
});
await serve(
  publishing((number) => {
    const event = wireEvent();
    const message = { topic, key: keyOf(number), value: JSON.stringify(event), headers: headersOf(event) };
    return producer.send({ messages: [message] });
  }),
);
await producer.close();
