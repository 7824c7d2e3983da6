import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, use } from 'chai';
import * as sinon from 'sinon';
import { ContentCreated } from '../../../../examples/essay-desk/content-created.js';
import { HttpServer } from '../../../../examples/essay-desk/http/server.js';
import { RedisClientProtocol } from '../../../../src/index.js';
import { slipwayChai, type TestApplication } from '../../../../src/testing/index.js';
import { type ErrorBody, errorKeys, errorOf } from '../../../support/desk-errors.js';
import { inject, post, testDesk, urlOf } from '../../../support/essay-desk.js';

use(slipwayChai);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

// In this process by default; SLIPWAY_TEST_REAL=1 puts the same tests on real servers.
describe('the HTTP side of the essay desk', function () {
  this.timeout(60_000);

  describe('where an essay is handed in', () => {
    let desk: TestApplication;

    beforeEach(async () => {
      desk = await testDesk();
    });

    afterEach(async () => {
      sinon.restore();
      await desk?.stop();
    });

    it('answers 201 with the ids, and the event is in the topic under the essay id', async () => {
      const { status, body } = await post(desk, essay);

      expect(status).to.equal(201);
      expect(body).to.have.all.keys('essayId', 'eventId');
      const { event, key, topic } = desk.published.single(ContentCreated);
      expect({ key, topic }).to.deep.equal({ key: body['essayId'], topic: 'content-events' });
      expect(event).to.deep.include({
        eventId: body['eventId'],
        eventType: 'CONTENT_CREATED',
        sourceService: 'essay-desk',
        data: { essay_id: body['essayId'], user_id: 'ada', title: 'On stars', text: 'Stars are far.' },
      });
      expect(desk).to.have.notified('ada', 'essay_created').with({ title: 'On stars' }).once();
    });

    it('answers 409 to a duplicate, with the ids it has', async () => {
      const { body: first } = await post(desk, essay);
      const answer = await post(desk, essay);

      expect(answer.status).to.equal(409);
      expect(errorOf(answer)).to.deep.include({ code: 'ESSAY_EXISTS', details: first });
      expect(desk).to.have.published(ContentCreated).once();
    });

    it('takes X-Correlation-ID into the reply, the event and every line of the log', async () => {
      const given = '7d9f1c40-5b2e-4c3a-8f10-aa55bb66cc77';
      const before = desk.logs.length;
      const { headers } = await post(desk, essay, { 'x-correlation-id': given });
      // The scope is closed then, and all is logged.
      await desk.stop();

      expect(headers.get('x-correlation-id')).to.equal(given);
      expect(desk.published.single(ContentCreated).event.correlationId).to.equal(given);
      const lines = desk.logs.slice(before).filter(({ module }) => /^(http|content-service)$/.test(module));
      expect(lines.map(({ message }) => message)).to.have.members(['Essay created', 'Request']);
      for (const { message, flow } of lines) expect(flow, message).to.deep.equal({ correlationId: given });
    });

    it('tells an X-Correlation-ID that is no UUID back as it came; event and log have a UUID beside it', async () => {
      const { headers } = await post(desk, essay, { 'x-correlation-id': 'order-17' });

      expect(headers.get('x-correlation-id')).to.equal('order-17');
      const { correlationId } = desk.published.single(ContentCreated).event;
      expect(correlationId).to.match(uuid);
      const line = desk.logs.find(({ message }) => message === 'Essay created');
      expect(line?.flow).to.deep.equal({ correlationId, requestCorrelationId: 'order-17' });
    });

    it('gives a new UUID where there is no X-Correlation-ID that could be used', async () => {
      const ids = new Set<string | null>();
      for (const [title, headers] of [
        ['without', {}],
        ['with spaces', { 'x-correlation-id': 'a b' }],
        ['very long', { 'x-correlation-id': 'x'.repeat(200) }],
      ] as const) {
        const answer = await post(desk, { ...essay, title }, headers);
        expect(answer.headers.get('x-correlation-id'), title).to.match(uuid);
        ids.add(answer.headers.get('x-correlation-id'));
      }

      expect([...desk.published].map(({ event }) => event.correlationId)).to.deep.equal([...ids]);
    });

    it('answers 500 to what nobody foresaw; the log has the rest under the correlation id', async () => {
      const redis = await desk.get(RedisClientProtocol);
      sinon.stub(redis, 'setIfNotExists').rejects(new Error('a secret of the service'));
      const answer = await post(desk, essay);

      expect(answer.status).to.equal(500);
      const { code, correlation_id: correlationId, details } = errorOf(answer);
      expect(code).to.equal('UNKNOWN_ERROR');
      expect(details).to.deep.equal({ error_type: 'Error' });
      expect(JSON.stringify(answer.body)).to.not.include('secret');
      const line = desk.logs.find(({ level }) => level === 'error');
      expect(line?.flow).to.deep.equal({ correlationId });
      expect(String(line?.context['error'])).to.include('a secret of the service');
    });

    it('has figures of what the clients did', async () => {
      await post(desk, essay);
      const { body } = await desk.getSync(HttpServer).inject('/metrics');

      expect(body).to.match(/^messaging_client_sent_messages_total\{[^}]*"content-events"[^}]*\} 1$/m);
    });
  });

  describe('where nothing comes of a request', () => {
    let desk: TestApplication;

    before(async () => {
      desk = await testDesk();
    });

    after(() => desk.stop());

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
          const answer = await post(desk, body);

          expect(answer.status).to.equal(400);
          const error = errorOf(answer);
          expect(error.code).to.equal('INVALID_REQUEST');
          expect(error.details.fields?.map((each) => each.field)).to.deep.equal([field]);
          expect(error.message).to.match(new RegExp(`^${field} `));
          expect(desk).to.not.have.published(ContentCreated);
        });
      }

      it('and all of them where several are wrong', async () => {
        const { fields = [] } = errorOf(await post(desk, { title: '' })).details;

        expect(fields.map(({ field }) => field)).to.deep.equal(['userId', 'title', 'text']);
      });
    });

    for (const [what, body] of [
      ['that is no JSON', '{"userId":'],
      ['that is empty', ''],
      ['that would change a prototype', '{"__proto__":{"a":1}}'],
    ] as const) {
      it(`answers 400 to a body ${what}`, async () => {
        const answer = await post(desk, body);

        expect(answer.status).to.equal(400);
        expect(errorOf(answer).code).to.equal('INVALID_REQUEST');
      });
    }

    it('has the X-Correlation-ID in errors', async () => {
      const given = '7d9f1c40-5b2e-4c3a-8f10-aa55bb66cc77';

      expect(errorOf(await post(desk, {}, { 'x-correlation-id': given })).correlation_id).to.equal(given);
    });

    it('answers 400 to a path that cannot be decoded', async () => {
      const answer = await inject(desk, '/%E0%A4%A');

      expect(answer.status).to.equal(400);
      expect(errorOf(answer).code).to.equal('INVALID_REQUEST');
    });

    it('answers 400 to what is no HTTP, in the same shape', async () => {
      const socket = connect({ port: Number(new URL(urlOf(desk)).port), host: '127.0.0.1' });
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.write('BLAH / HTTP/9\r\n\r\n');
      await once(socket, 'close');

      expect(received).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/);
      const { error } = JSON.parse(received.slice(received.indexOf('\r\n\r\n'))) as { error: ErrorBody };
      expect(Object.keys(error)).to.deep.equal(errorKeys);
    });

    it('answers 404 to an unknown route and to another method', async () => {
      const unknown = await inject(desk, '/api/v1/essay');
      const method = await inject(desk, '/api/v1/essays');

      expect([unknown.status, method.status]).to.deep.equal([404, 404]);
      expect([errorOf(unknown).code, errorOf(method).code]).to.deep.equal(['NOT_FOUND', 'NOT_FOUND']);
    });

    it('answers 413 to a body over 1 MiB', async () => {
      const answer = await post(desk, { ...essay, text: 'x'.repeat(1024 * 1024) });

      expect(answer.status).to.equal(413);
      expect(errorOf(answer).code).to.equal('BODY_TOO_LARGE');
    });

    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      it(`answers 415 to ${type}`, async () => {
        const answer = await post(desk, essay, { 'content-type': type });

        expect(answer.status).to.equal(415);
        expect(errorOf(answer).code).to.equal('UNSUPPORTED_MEDIA_TYPE');
      });
    }

    it('answers 426 where a WebSocket is asked for by plain HTTP', async () => {
      const answer = await inject(desk, '/ws?userId=ada');

      expect([answer.status, answer.headers.get('upgrade')]).to.deep.equal([426, 'websocket']);
      expect(errorOf(answer).code).to.equal('UPGRADE_REQUIRED');
    });

    it('tells health from the components', async () => {
      const whole = await inject(desk, '/api/v1/health');
      const redis = await inject(desk, '/api/v1/health/redis');
      const kafka = await inject(desk, '/api/v1/health/kafka');

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
      const { statusCode, headers, body } = await desk.getSync(HttpServer).inject('/');

      expect(statusCode).to.equal(200);
      expect(headers['content-type']).to.equal('text/html; charset=utf-8');
      const policy = String(headers['content-security-policy']);
      expect(policy).to.match(/^default-src 'none'; script-src 'sha256-[^' ]+'; style-src 'sha256-[^' ]+'/);
      expect(policy).to.not.include('unsafe');
      expect(body).to.not.match(
        /https?:\/\/|<script [^>]|<link (?!rel="icon" href="data:,")|innerHTML|@import|url\(/,
      );
    });
  });
});
