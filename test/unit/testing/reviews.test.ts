import { expect } from 'chai';
import { KafkaPublisherProtocol, RedisClientProtocol } from '../../../src/index.js';
import { stub } from '../../../src/testing/index.js';
import { Clock, Reviews } from '../../support/testing/reviews.js';

describe(Reviews.name, () => {
  it('publishes the first review of an essay, and no other', async () => {
    const [redis, kafka] = [stub(RedisClientProtocol), stub(KafkaPublisherProtocol)];
    const reviews = new Reviews(redis, kafka, stub(Clock, { now: () => 7 }));
    expect(await reviews.add('sky', 5)).to.equal(true);
    redis.setIfNotExists.resolves(false);
    expect(await reviews.add('sky', 1)).to.equal(false);
    expect(kafka.publish.args.map(([, { data }]) => data)).to.deep.equal([{ essay: 'sky', stars: 5, at: 7 }]);
  });
});
