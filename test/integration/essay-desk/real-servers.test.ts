import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { parseEnvelope } from '../../../src/index.js';
import { DeskProcess } from '../../support/desk-process.js';
import { type Answer, ask, handIn, LiveSocket } from '../../support/essay-desk.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { type RunningKafka, startKafka } from '../../support/servers/kafka-server.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';

/** 5 s, and what a busy machine needs besides: that it is 5 s, test/unit/essay-desk/deadlines.test.ts shows by timers. */
const answerLimitMs = 15_000;

/** An answer and how long it took. */
async function timed(work: Promise<Answer>): Promise<Answer & { readonly elapsedMs: number }> {
  const begun = performance.now();
  const answer = await work;
  return { ...answer, elapsedMs: performance.now() - begun };
}

function essay(title: string) {
  return { userId: 'ada', title, text: 'Stars are far.' };
}

describe('the essay desk on Redis and Kafka', function () {
  this.timeout(60_000);
  // Servers of its own, for they are killed.
  let redis: RunningRedis;
  let kafka: RunningKafka;
  let desk: DeskProcess;

  before(async () => {
    [redis, kafka] = await Promise.all([startRedis(), startKafka()]);
    desk = await DeskProcess.open({ REDIS_URL: redis.url, KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers });
  });

  after(async () => {
    await desk?.[Symbol.asyncDispose]();
    await Promise.all([redis, kafka].map((server) => server?.[Symbol.asyncDispose]()));
  });

  /** What lies in the topic for an essay, as an independent consumer reads it. */
  async function eventsOf(essayId: unknown, count: number) {
    const records = await readTopic([kafka.bootstrapServers], 'content-events', count);
    return records.filter(({ key }) => key === essayId).map(({ value }) => parseEnvelope(Buffer.from(value)));
  }

  it('runs on them by two variables; a second consumer reads the envelope, an open WebSocket the notification', async () => {
    expect(desk.stderr).to.match(/^The essay desk is open: \S+\n$/);
    await using live = await LiveSocket.open(desk.url, 'ada');
    const correlationId = randomUUID();
    const { status, body } = await handIn(desk.url, essay('The first'), {
      'x-correlation-id': correlationId,
    });

    expect(status).to.equal(201);
    expect((await live.until('essay_created')).data).to.include({ essay_id: body['essayId'] });
    const [envelope, ...others] = await eventsOf(body['essayId'], 1);
    expect(others).to.deep.equal([]);
    expect(envelope).to.deep.include({
      eventId: body['eventId'],
      eventType: 'CONTENT_CREATED',
      sourceService: 'essay-desk',
      correlationId,
      data: { essay_id: body['essayId'], user_id: 'ada', title: 'The first', text: 'Stars are far.' },
    });
    expect((await handIn(desk.url, essay('The first'))).status).to.equal(409);
  });

  it('answers 503 within 5 s while Redis is killed, lives, and recovers by itself', async () => {
    await using live = await LiveSocket.open(desk.url, 'ada');
    await redis.kill();
    const answer = await timed(handIn(desk.url, essay('Without Redis')));

    expect(answer.status).to.equal(503);
    expect(answer.elapsedMs).to.be.below(answerLimitMs);
    expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
    expect((await ask(`${desk.url}/api/v1/health/redis`)).body).to.include({ status: 'disconnected' });

    await redis.restart();
    await desk.untilHealth('healthy');
    expect((await live.until('gap')).data).to.include({ reason: 'connection' });
    expect((await handIn(desk.url, essay('Without Redis'))).status).to.equal(201);
    await live.until('essay_created');
    expect(desk.isRunning).to.equal(true);
  });

  it('answers 503 within 5 s while Kafka is killed, lives, and recovers by itself; a retry is the same event', async () => {
    await kafka.kill();
    const answer = await timed(handIn(desk.url, essay('Without Kafka')));

    expect(answer.status).to.equal(503);
    expect(answer.elapsedMs).to.be.below(answerLimitMs);
    expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);

    await kafka.restart();
    await desk.untilHealth('healthy');
    const retry = await handIn(desk.url, essay('Without Kafka'));
    expect(retry.status).to.equal(201);
    const events = await eventsOf(retry.body['essayId'], 3);
    expect(new Set(events.map(({ eventId }) => eventId))).to.deep.equal(new Set([retry.body['eventId']]));
    expect(desk.isRunning).to.equal(true);
  });

  it('is forced to end by a second SIGTERM while a request holds its stop up', async () => {
    redis.pause();
    const hanging = handIn(desk.url, essay('Without an answer')).catch((error: unknown) => error);
    // The stop begins only after the request has.
    await ask(`${desk.url}/api/v1/health`);
    desk.signal('SIGTERM');
    await desk.until(/Taking no more work/);
    const again = setInterval(() => desk.signal('SIGTERM'), 100);

    expect(await desk.ended).to.deep.equal({ code: 143, signal: null });
    clearInterval(again);
    redis.resume();
    expect(await hanging).to.be.instanceOf(Error);
  });
});
