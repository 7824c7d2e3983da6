import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { fastify } from 'fastify';
import {
  Application,
  type Component,
  createHealth,
  infrastructure,
  loadSettings,
  metrics,
  Metrics,
  metricsRoute,
  healthRoutes,
  type HealthRoutes,
} from '../../../src/index.js';

const kinds: readonly (readonly [name: string, serve: (pages: HealthRoutes) => Promise<Server>])[] = [
  [
    'node:http',
    async (pages) => {
      const server = createServer((request, response) => {
        void pages.node(request, response).then((answered) => {
          if (!answered) response.writeHead(404).end('{"other":true}');
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    },
  ],
  [
    'Express 5',
    async (pages) => {
      const server = express().use(pages.express).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    },
  ],
  [
    'Fastify 5',
    async (pages) => {
      const server = fastify();
      await server.register(pages.fastify);
      await server.listen({ host: '127.0.0.1', port: 0 });
      return server.server;
    },
  ],
];

function component(name: string, state: () => Component['status']['state']): Component {
  return {
    name,
    get status() {
      return { state: state(), since: new Date(0), reconnects: 0 };
    },
  };
}

function failing(): never {
  throw new Error('no way');
}

for (const [name, serve] of kinds) {
  describe(`healthRoutes in ${name}`, () => {
    let server: Server;
    let url: string;
    const kafka: { state: Component['status']['state'] } = { state: 'ready' };

    before(async () => {
      const health = createHealth({
        service: 'desk',
        components: [
          component('redis', () => 'ready'),
          component('kafka', () => kafka.state),
          component('db one', () => 'ready'),
        ],
        cacheMs: 1,
      });
      const text = { contentType: 'text/plain', text: () => Promise.resolve('up 1\n') };
      server = await serve(
        healthRoutes(health, {
          details: ({ headers }) => headers['x-inside'] === '1',
          routes: [metricsRoute(text), { path: '/broken', answer: failing }],
        }),
      );
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    after(async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    });

    async function ask(path: string, init: RequestInit = {}) {
      const response = await fetch(url + path, {
        ...init,
        headers: { connection: 'close', ...init.headers },
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    }

    for (const path of [
      '/livez',
      '/readyz',
      ...['', '/redis', '/kafka', '/db%20one'].map((part) => `/api/v1/health${part}`),
    ]) {
      it(`answers ${path}`, async () => {
        const { status, headers, text } = await ask(path, { headers: { 'x-correlation-id': 'probe-1' } });
        expect(status, text).to.equal(200);
        expect(JSON.parse(text)).to.be.an('object');
        expect(headers.get('cache-control')).to.equal('no-store');
        expect(headers.get('x-correlation-id')).to.equal('probe-1');
        expect(headers.get('content-type')).to.match(/^application\/json/);
      });
    }

    it('answers 503 where a component does not serve, and its content type as it was asked for', async () => {
      kafka.state = 'unavailable';
      expect((await ask('/api/v1/health/kafka')).status).to.equal(503);
      kafka.state = 'ready';
      const { headers } = await ask('/livez', { headers: { accept: 'application/health+json' } });
      expect(headers.get('content-type')).to.match(/^application\/health\+json/);
    });

    it('shows details to whom they are for', async () => {
      const shown = await ask('/api/v1/health/redis', { headers: { 'x-inside': '1' } });
      const hidden = await ask('/api/v1/health/redis');
      expect(shown.text.length).to.be.greaterThan(hidden.text.length);
    });

    it('answers further pages, HEAD, and a page that fails', async () => {
      const page = await ask('/metrics');
      expect([page.status, page.text, page.headers.get('content-type')]).to.deep.equal([
        200,
        'up 1\n',
        'text/plain',
      ]);
      const head = await ask('/livez', { method: 'HEAD' });
      expect([head.status, head.text]).to.deep.equal([200, '']);
      const broken = await ask('/broken');
      expect(broken.status).to.equal(500);
      expect(broken.text).to.contain('UNKNOWN_ERROR').and.not.contain('no way');
    });

    it('leaves what is none of its pages alone', async () => {
      for (const path of [
        '/',
        '/other',
        '/api/v1/health/nobody',
        '/api/v1/healthy',
        '/api/v1/health/%ff',
        '/livez/x',
      ])
        expect((await ask(path)).status, path).to.be.oneOf([400, 404]);
      expect((await ask('/livez', { method: 'POST' })).status).to.equal(404);
    });
  });
}

describe('healthRoutes of an application', () => {
  it('asks its Health, and its metrics', async () => {
    const settings = loadSettings({
      SERVICE_NAME: 'desk',
      REDIS_URL: 'memory://',
      KAFKA_BOOTSTRAP_SERVERS: 'memory://',
      LOG_LEVEL: 'error',
    });
    await using app = await Application.start([infrastructure(settings), metrics()]);
    const pages = healthRoutes(app, { routes: [metricsRoute(await app.get(Metrics))] });
    const server = await kinds[0]?.[1](pages);
    if (server === undefined) throw new Error('no server');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answers = await Promise.all(
      ['/readyz', '/api/v1/health', '/metrics'].map((path) =>
        fetch(url + path, { headers: { connection: 'close' } }),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.text()));
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
});
