import { expect } from 'chai';
import { KafkaPublisherProtocol, RedisClientProtocol } from '../../../src/index.js';
import { stub } from '../../../src/testing/index.js';
import { Clock, Reviews } from '../../support/testing/reviews.js';

describe(Reviews.name, () => {
  it('publishes the first review of an essay, and no other', async () => {
    const [kafka, clock] = [stub(KafkaPublisherProtocol), stub(Clock, { now: () => 7 })];
    const reviews = (isFirst: boolean) =>
      new Reviews(stub(RedisClientProtocol, { setIfNotExists: isFirst }), kafka, clock);
    expect([await reviews(true).add('sky', 5), await reviews(false).add('sky', 1)]).to.deep.equal([
      true,
      false,
    ]);
    expect(kafka.publish.args.map(([, { data }]) => data)).to.deep.equal([{ essay: 'sky', stars: 5, at: 7 }]);
  });
});
