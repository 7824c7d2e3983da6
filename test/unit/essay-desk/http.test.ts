import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import * as sinon from 'sinon';
import { HttpServer } from '../../../examples/essay-desk/http/server.js';
import { parseEnvelope, RedisClientProtocol } from '../../../src/index.js';
import { type Answer, ask, handIn, startDesk } from '../../support/essay-desk.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

const errorKeys = ['code', 'message', 'correlation_id', 'service', 'timestamp', 'details'];

interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly correlation_id: string;
  readonly service: string;
  readonly timestamp: string;
  readonly details: {
    readonly fields?: readonly { readonly field: string; readonly message: string }[];
    readonly [detail: string]: unknown;
  };
}

/** The error in an answer of the one shape that all errors have. */
function errorOf({ body, headers }: Answer): ErrorBody {
  expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
  expect(body).to.have.all.keys('error');
  const error = body['error'] as ErrorBody;
  expect(Object.keys(error)).to.deep.equal(errorKeys);
  expect(error.correlation_id).to.equal(headers.get('x-correlation-id'));
  expect(error.service).to.equal('essay-desk');
  expect(JSON.stringify(error)).to.not.match(/\\n +at |memory:|\/build\//);
  return error;
}

describe('the HTTP side of the essay desk', () => {
  let desk: Awaited<ReturnType<typeof startDesk>>;

  beforeEach(async () => {
    desk = await startDesk();
  });

  afterEach(async () => {
    sinon.restore();
    await desk.app.stop();
  });

  const post = (body: unknown, headers?: Record<string, string>): Promise<Answer> =>
    handIn(desk.url, body, headers);

  /** The one event in the topic. */
  function stored() {
    const [record, ...others] = desk.kafka.records('content-events');
    expect(others).to.deep.equal([]);
    if (record?.value == null) throw new Error('Nothing is in the topic.');
    return { record, envelope: parseEnvelope(record.value) };
  }

  it('answers 201 with the ids, and the event is in the topic under the essay id', async () => {
    const { status, body } = await post(essay);

    expect(status).to.equal(201);
    expect(body).to.have.all.keys('essayId', 'eventId');
    const { record, envelope } = stored();
    expect(Buffer.from(record.key ?? '').toString()).to.equal(body['essayId']);
    expect(envelope).to.deep.include({
      eventId: body['eventId'],
      eventType: 'CONTENT_CREATED',
      sourceService: 'essay-desk',
      data: { essay_id: body['essayId'], user_id: 'ada', title: 'On stars', text: 'Stars are far.' },
    });
  });

  describe('X-Correlation-ID', () => {
    const given = '7d9f1c40-5b2e-4c3a-8f10-aa55bb66cc77';

    it('is taken from the request into the reply, the event and every line of the log', async () => {
      const { headers } = await post(essay, { 'x-correlation-id': given });

      expect(headers.get('x-correlation-id')).to.equal(given);
      expect(stored().envelope.correlationId).to.equal(given);
      const begun = desk.log.records.findIndex((record) => record['correlation_id'] !== undefined);
      const lines = desk.log.records.slice(begun);
      expect(lines.map(({ message }) => message)).to.include.members(['Essay created', 'Request']);
      for (const line of lines) expect(line['correlation_id'], JSON.stringify(line)).to.equal(given);
    });

    it('that is no UUID is told back as it came; event and log have a UUID beside it', async () => {
      const { headers } = await post(essay, { 'x-correlation-id': 'order-17' });

      expect(headers.get('x-correlation-id')).to.equal('order-17');
      const { correlationId } = stored().envelope;
      expect(correlationId).to.match(uuid);
      const line = desk.log.records.find(({ message }) => message === 'Essay created');
      expect(line).to.deep.include({ correlation_id: correlationId });
      expect(line?.['context']).to.include({ requestCorrelationId: 'order-17' });
    });

    for (const [what, headers] of [
      ['is missing', {}],
      ['has spaces', { 'x-correlation-id': 'a b' }],
      ['is very long', { 'x-correlation-id': 'x'.repeat(200) }],
    ] as const) {
      it(`is a new UUID where it ${what}`, async () => {
        const answer = await post(essay, headers);

        expect(answer.headers.get('x-correlation-id')).to.match(uuid);
        expect(stored().envelope.correlationId).to.equal(answer.headers.get('x-correlation-id'));
      });
    }

    it('stands in errors', async () => {
      const answer = await post({}, { 'x-correlation-id': given });

      expect(errorOf(answer).correlation_id).to.equal(given);
    });
  });

  it('answers 409 to a duplicate, with the ids it has', async () => {
    const { body: first } = await post(essay);
    const answer = await post(essay);

    expect(answer.status).to.equal(409);
    expect(errorOf(answer)).to.deep.include({ code: 'ESSAY_EXISTS', details: first });
  });

  describe('answers 400 and names the field', () => {
    const { userId, title, text } = essay;
    const cases: readonly (readonly [what: string, field: string, body: unknown])[] = [
      ['a user is missing', 'userId', { title, text }],
      ['a user is no text', 'userId', { ...essay, userId: 7 }],
      ['a user has a colon', 'userId', { ...essay, userId: 'a:b' }],
      ['a title is missing', 'title', { userId, text }],
      ['a title is blank', 'title', { ...essay, title: '  ' }],
      ['a title is too long', 'title', { ...essay, title: 'x'.repeat(201) }],
      ['a text is empty', 'text', { userId, title, text: '' }],
      ['a text is too long', 'text', { userId, title, text: 'x'.repeat(100_001) }],
      ['a field is not known', 'texts', { ...essay, texts: 'x' }],
      ['the body is a list', 'body', [essay]],
      ['the body is null', 'body', 'null'],
    ];
    for (const [what, field, body] of cases) {
      it(`where ${what}`, async () => {
        const answer = await post(body);

        expect(answer.status).to.equal(400);
        const error = errorOf(answer);
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details.fields?.map((each) => each.field)).to.deep.equal([field]);
        expect(error.message).to.match(new RegExp(`^${field} `));
        expect(desk.kafka.records('content-events')).to.deep.equal([]);
      });
    }

    it('and all of them where several are wrong', async () => {
      const { fields = [] } = errorOf(await post({ title: '' })).details;

      expect(fields.map(({ field }) => field)).to.deep.equal(['userId', 'title', 'text']);
    });
  });

  for (const [what, body] of [
    ['that is no JSON', '{"userId":'],
    ['that is empty', ''],
    ['that would change a prototype', '{"__proto__":{"a":1}}'],
  ] as const) {
    it(`answers 400 to a body ${what}`, async () => {
      const answer = await post(body);

      expect(answer.status).to.equal(400);
      expect(errorOf(answer).code).to.equal('INVALID_REQUEST');
    });
  }

  it('answers 400 to a path that cannot be decoded', async () => {
    const answer = await ask(`${desk.url}/%E0%A4%A`);

    expect(answer.status).to.equal(400);
    expect(errorOf(answer).code).to.equal('INVALID_REQUEST');
  });

  it('answers 400 to what is no HTTP, in the same shape', async () => {
    const socket = connect({ port: Number(new URL(desk.url).port), host: '127.0.0.1' });
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.write('BLAH / HTTP/9\r\n\r\n');
    await once(socket, 'close');

    expect(received).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/);
    const { error } = JSON.parse(received.slice(received.indexOf('\r\n\r\n'))) as { error: ErrorBody };
    expect(Object.keys(error)).to.deep.equal(errorKeys);
  });

  it('answers 404 to an unknown route and to another method', async () => {
    const unknown = await ask(`${desk.url}/api/v1/essay`);
    const method = await ask(`${desk.url}/api/v1/essays`);

    expect([unknown.status, method.status]).to.deep.equal([404, 404]);
    expect([errorOf(unknown).code, errorOf(method).code]).to.deep.equal(['NOT_FOUND', 'NOT_FOUND']);
  });

  it('answers 413 to a body over 1 MiB', async () => {
    const answer = await post({ ...essay, text: 'x'.repeat(1024 * 1024) });

    expect(answer.status).to.equal(413);
    expect(errorOf(answer).code).to.equal('BODY_TOO_LARGE');
  });

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
    it(`answers 415 to ${type}`, async () => {
      const answer = await post(essay, { 'content-type': type });

      expect(answer.status).to.equal(415);
      expect(errorOf(answer).code).to.equal('UNSUPPORTED_MEDIA_TYPE');
    });
  }

  it('answers 503 with Retry-After where Redis refuses, and 201 when it is back', async () => {
    desk.redis.faults.refuse();
    desk.redis.faults.cut();
    const answer = await post(essay);

    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
    expect(errorOf(answer).code).to.match(/^SLIPWAY_REDIS_/);
    const health = await ask(`${desk.url}/api/v1/health`);
    expect([health.status, health.body['status']]).to.deep.equal([200, 'degraded']);
    expect((await ask(`${desk.url}/api/v1/health/redis`)).status).to.equal(503);

    desk.redis.faults.refuse(false);
    expect((await post(essay)).status).to.equal(201);
  });

  it('answers 503 with Retry-After where Kafka stalls; a retry is the same event, once', async () => {
    await post({ ...essay, title: 'The first' });
    desk.kafka.stall();
    const answer = await post(essay);

    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.match(/^[1-9]\d*$/);
    expect(errorOf(answer).code).to.match(/^SLIPWAY_KAFKA_/);
    desk.kafka.resume();
    const retry = await post(essay);
    expect(retry.status).to.equal(201);
    const events = desk.kafka.records('content-events').slice(1);
    const ids = events.map(({ value }) => parseEnvelope(value ?? new Uint8Array()).eventId);
    expect(ids.length).to.be.within(1, 2);
    expect([...new Set(ids)]).to.deep.equal([retry.body['eventId']]);
  });

  it('takes no connection any more while the desk stops, and finishes what it is at', async () => {
    let answerFirst!: () => void;
    const redis = await desk.app.get(RedisClientProtocol);
    const held = sinon.stub(redis, 'setIfNotExists').callsFake(
      () =>
        new Promise((resolve) => {
          answerFirst = () => resolve(true);
        }),
    );
    const first = post(essay);
    while (held.callCount === 0) await new Promise(setImmediate);
    const stopped = desk.app.stop();
    const second = await post({ ...essay, title: 'Too late' }).catch((error: Error) => error.cause);
    answerFirst();

    expect(second).to.have.property('code', 'ECONNREFUSED');
    expect((await first).status).to.equal(201);
    await stopped;
  });

  it('answers 500 to what nobody foresaw; the log has the rest under the correlation id', async () => {
    const redis = await desk.app.get(RedisClientProtocol);
    sinon.stub(redis, 'setIfNotExists').rejects(new Error('a secret of the service'));
    const answer = await post(essay);

    expect(answer.status).to.equal(500);
    const { code, correlation_id, details } = errorOf(answer);
    expect(code).to.equal('UNKNOWN_ERROR');
    expect(details).to.deep.equal({ error_type: 'Error' });
    expect(JSON.stringify(answer.body)).to.not.include('secret');
    const line = desk.log.records.find(({ level }) => level === 'error');
    expect(line).to.include({ correlation_id });
    expect(JSON.stringify(line)).to.include('a secret of the service');
  });

  it('tells health from the components', async () => {
    const whole = await ask(`${desk.url}/api/v1/health`);
    const redis = await ask(`${desk.url}/api/v1/health/redis`);
    const kafka = await ask(`${desk.url}/api/v1/health/kafka`);

    expect(whole.status).to.equal(200);
    expect(whole.body).to.deep.include({
      status: 'healthy',
      service: 'essay-desk',
      services: { redis: 'healthy', kafka: 'healthy' },
    });
    expect([redis.status, redis.body['status']]).to.deep.equal([200, 'healthy']);
    expect([kafka.status, kafka.body['producer_connected']]).to.deep.equal([200, true]);
  });

  it('gives a page that takes nothing from elsewhere', async () => {
    const response = await fetch(desk.url, { headers: { connection: 'close' } });
    const html = await response.text();

    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).to.match(/^default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'/);
    expect(policy).to.not.include('unsafe');
    expect(html).to.not.match(
      /https?:\/\/|<script [^>]|<link (?!rel="icon" href="data:,")|innerHTML|@import|url\(/,
    );
  });

  it('stops soon, whoever holds a connection open', async () => {
    const socket = connect({ port: Number(new URL(desk.url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    const begun = performance.now();
    await desk.app.stop();

    expect(performance.now() - begun).to.be.below(2000);
    await closed;
  });

  it('is released before the clients', async () => {
    expect(desk.app.report().tokens.map(({ token }) => token)).to.include.members(['HttpServer', 'KafkaBus']);
    const server = desk.app.getSync(HttpServer);
    const redis = await desk.app.get(RedisClientProtocol);
    let wasListening: boolean | undefined;
    const stop = redis as typeof redis & { stop(): Promise<void> };
    sinon.stub(stop, 'stop').callsFake(() => {
      wasListening = server.server.listening;
      sinon.restore();
      return stop.stop();
    });
    await desk.app.stop();

    expect(wasListening).to.equal(false);
  });
});
