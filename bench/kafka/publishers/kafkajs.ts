import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { headersOf, keyOf, wireEvent } from '../sample.js';
import { addressAndTopic, publishing, serve } from '../serve.js';

// kafkajs as it comes, in a process without slipway, which would patch its timer.
const { servers, topic } = addressAndTopic();
const kafka = new Kafka({ clientId: 'bench-kafkajs', brokers: [servers], logLevel: logLevel.ERROR });
const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
await producer.connect();
await serve(
  publishing((number) => {
    const event = wireEvent();
    const message = { key: keyOf(number), value: JSON.stringify(event), headers: headersOf(event) };
    return producer.send({ topic, acks: -1, messages: [message] });
  }),
);
await producer.disconnect();
