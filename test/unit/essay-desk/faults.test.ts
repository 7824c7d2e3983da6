import { expect } from 'chai';
import type { NewEssay } from '../../../examples/essay-desk/essay.js';
import { parseEnvelope, RedisClientProtocol } from '../../../src/index.js';
import type { TestApplication } from '../../../src/testing/index.js';
import { errorOf } from '../../support/desk-errors.js';
import { inject, LiveSocket, post, testDesk, urlOf } from '../../support/essay-desk.js';

const essay: NewEssay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

// The servers in this process alone have faults to take hold of.
describe('the essay desk whose servers fail', () => {
  let desk: TestApplication;

  beforeEach(async () => {
    desk = await testDesk({ servers: 'memory', env: { REDIS_DEADLINE_MS: '1000' } });
  });

  afterEach(() => desk.stop());

  it('answers 503 with Retry-After where Redis refuses, and 201 when it is back', async () => {
    desk.redis.faults.refuse();
    desk.redis.faults.cut();
    const answer = await post(desk, essay);

    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
    expect(errorOf(answer).code).to.match(/^SLIPWAY_REDIS_/);
    const health = await inject(desk, '/api/v1/health');
    expect([health.status, health.body['status']]).to.deep.equal([200, 'degraded']);
    expect((await inject(desk, '/api/v1/health/redis')).status).to.equal(503);

    desk.redis.faults.refuse(false);
    expect((await post(desk, essay)).status).to.equal(201);
  });

  it('answers 503 with Retry-After where Kafka stalls; a retry is the same event, once', async () => {
    await post(desk, { ...essay, title: 'The first' });
    desk.kafka.stall();
    const answer = await post(desk, essay);

    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
    expect(errorOf(answer).code).to.match(/^SLIPWAY_KAFKA_/);
    desk.kafka.resume();
    const retry = await post(desk, essay);
    expect(retry.status).to.equal(201);
    const events = desk.kafka.records('content-events').slice(1);
    const ids = events.map(({ value }) => parseEnvelope(value ?? new Uint8Array()).eventId);
    expect(ids.length).to.be.within(1, 2);
    expect([...new Set(ids)]).to.deep.equal([retry.body['eventId']]);
  });

  it('keeps a WebSocket open while Redis is away, and tells that some may be missing', async () => {
    await using live = await LiveSocket.open(urlOf(desk), 'ada');
    desk.redis.faults.refuse();
    desk.redis.faults.cut();
    await post(desk, essay);
    desk.redis.faults.refuse(false);

    expect((await live.until('gap')).data).to.include({ reason: 'connection' });
    const redis = await desk.get(RedisClientProtocol);
    await redis.publishUserNotification('ada', 'essay_created', { title: 'After the loss' });
    expect((await live.until('essay_created')).data).to.deep.equal({ title: 'After the loss' });
  });
});
