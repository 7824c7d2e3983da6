import { KafkaBus } from '../../../src/index.js';
import { envelope, keyOf } from '../sample.js';
import { addressAndTopic, publishing, serve } from '../serve.js';

const { servers, topic } = addressAndTopic();
const bus = new KafkaBus({ clientId: 'bench-slipway', bootstrapServers: servers });
await bus.start();
await serve(publishing((number) => bus.publish(topic, envelope(), { key: keyOf(number) })));
await bus.stop();
