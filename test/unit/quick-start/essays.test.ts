import { expect } from 'chai';
import { createStubInstance } from 'sinon';
import { Essays, essays } from '../../../examples/quick-start/essays.js';
import * as slipway from '../../../src/index.js';

it('an essay is published, then its user is told', async () => {
  const kafka = createStubInstance(slipway.KafkaBus);
  const redis = createStubInstance(slipway.RedisClient);
  const settings = slipway.loadSettings({ SERVICE_NAME: 'test' });
  await using app = new slipway.Application([slipway.infrastructure(settings), essays]);
  app.container.rebind(slipway.KafkaPublisherProtocol).toConstantValue(kafka);
  app.container.rebind(slipway.RedisClientProtocol).toConstantValue(redis);
  await app.start();
  await using request = app.enter();

  await (await request.get(Essays)).handIn('ada', 'On stars');

  expect(kafka.publish.firstCall.args[1].data).to.deep.equal({ user_id: 'ada', title: 'On stars' });
  expect(redis.publishUserNotification.calledAfter(kafka.publish)).to.equal(true);
});
