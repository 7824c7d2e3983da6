import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { fastify } from 'fastify';
import { useFakeTimers } from 'sinon';
import { WebSocket } from 'ws';
import {
  httpIntake,
  type HttpIntakeOptions,
  type Intake,
  RedisClient,
  userNotifications,
} from '../../../src/index.js';
import { selfSignedCertificate } from '../../support/certificate.js';

interface Made {
  readonly server: Server;
  readonly intake: Intake;
}

interface Kind {
  readonly name: string;
  readonly make: (listener: RequestListener, options: HttpIntakeOptions) => Made;
}

const kinds: readonly Kind[] = [
  {
    name: 'node:http',
    make: (listener, options) => {
      const server = createServer(listener);
      return { server, intake: httpIntake(server, options) };
    },
  },
  {
    name: 'Fastify 5',
    make: (listener, options) => {
      const instance = fastify({ return503OnClosing: false });
      instance.get('/', (asked, reply) => {
        reply.hijack();
        listener(asked.raw, reply.raw);
      });
      return { server: instance.server, intake: httpIntake(instance, options) };
    },
  },
];

const local = { host: '127.0.0.1', port: 0 };

for (const { name, make } of kinds) {
  describe(`httpIntake of ${name}`, () => {
    /** Those that wait for an answer. */
    let asked: Parameters<RequestListener>[1][];
    let arrived: () => void;
    let agent: Agent;
    let patience: AbortController;
    let server: Server;
    let intake: Intake;

    function open(options: HttpIntakeOptions = local): void | PromiseLike<void> {
      ({ server, intake } = make((_request, response) => {
        asked.push(response);
        arrived();
      }, options));
      return intake.open(patience.signal);
    }

    beforeEach(() => {
      asked = [];
      agent = new Agent({ keepAlive: true });
      patience = new AbortController();
    });

    afterEach(() => agent.destroy());

    function port(): number {
      return (server.address() as AddressInfo).port;
    }

    /** Sends a request on a connection that is kept; resolves when the server has it. */
    async function send() {
      const here = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const sent = request({ port: port(), host: '127.0.0.1', agent });
      const answer = once(sent, 'response').then(async ([response]: IncomingMessage[]) => {
        let text = '';
        for await (const chunk of response ?? []) text += String(chunk);
        return { text, connection: response?.headers.connection };
      });
      const cut = answer.then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      sent.end();
      await here;
      return { answer, cut };
    }

    it('listens once it is opened, and when it is closed takes no connection and finishes what was asked', async () => {
      await open();
      const { answer } = await send();
      const at = port();
      const closing = intake.close(patience.signal);
      const [refused] = (await once(connect(at, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
      asked[0]?.end('done');

      expect(refused.code).to.equal('ECONNREFUSED');
      expect(await answer).to.deep.equal({ text: 'done', connection: 'close' });
      await closing;
    });

    it('ends the connection of an answer that had begun', async () => {
      await open();
      const { answer } = await send();
      asked[0]?.write('do');
      const closing = intake.close(patience.signal);
      asked[0]?.end('ne');

      expect((await answer).text).to.equal('done');
      await closing;
    });

    it('does not wait for connections that nothing is asked on', async () => {
      await open();
      const silent = connect(port(), '127.0.0.1');
      await once(silent, 'connect');
      const cut = once(silent.resume(), 'close');
      const { answer } = await send();
      asked[0]?.end('done');
      await answer;
      await intake.close(patience.signal);

      await cut;
    });

    it('answers who would rather speak another protocol', async () => {
      await open();
      arrived = () => asked[0]?.end('done');
      const socket = connect(port(), '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      let received = '';
      for await (const chunk of socket) {
        received += String(chunk);
        if (received.includes('done')) break;
      }
      await intake.close(patience.signal);

      expect(received).to.match(/^HTTP\/1\.1 200 /);
    });

    it('cuts connections of other protocols when nobody waits longer', async () => {
      await open();
      server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
      const socket = connect(port(), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
      await once(socket, 'data');
      const cut = once(socket.resume(), 'close');
      const closing = intake.close(patience.signal);
      patience.abort();

      await cut;
      await closing;
    });

    it('cuts what is left when nobody waits longer', async () => {
      await open();
      const { cut } = await send();
      const closing = intake.close(patience.signal);
      patience.abort();

      expect(await cut).to.equal('ECONNRESET');
      await closing;
    });

    it('takes the WebSockets of notifications, and closes them', async () => {
      const redis = new RedisClient({ clientId: 'intake', url: 'memory://' });
      await redis.start();
      const notifications = userNotifications({ pubsub: redis.pubsub }, { authenticate: () => 'ada' });
      await open({ ...local, notifications });
      const socket = new WebSocket(`ws://127.0.0.1:${port()}/ws`);
      await once(socket, 'message');
      const closed = once(socket, 'close');
      await intake.close(patience.signal);

      expect((await closed)[0]).to.equal(1001);
      await redis.stop();
    });

    it('says why it cannot listen, and can be closed all the same', async () => {
      const other = createTcpServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const taken = (other.address() as AddressInfo).port;
      let failure: unknown;
      try {
        await open({ ...local, port: taken });
      } catch (error) {
        failure = error;
      }
      await intake.close(patience.signal);
      other.close();
      await once(other, 'close');

      expect(failure).to.have.property('code', 'EADDRINUSE');
    });
  });
}

describe('httpIntake of node:https', () => {
  it('finishes what was asked, and does not wait for connections that nothing is asked on', async () => {
    using certificate = await selfSignedCertificate();
    let answer: ServerResponse | undefined;
    const server = createTlsServer(certificate.tls, (_request, response) => {
      answer = response;
    });
    const patience = new AbortController();
    const intake = httpIntake(server, local);
    await intake.open(patience.signal);
    const { port } = server.address() as AddressInfo;
    const [silent, asking] = await Promise.all(
      [0, 1].map(async () => {
        const accepted = once(server, 'secureConnection');
        const socket = connectTls({ port, host: '127.0.0.1', ca: certificate.tls.ca });
        await Promise.all([once(socket, 'secureConnect'), accepted]);
        return socket;
      }),
    );
    let received = '';
    asking?.on('data', (chunk: Buffer) => {
      received += chunk.toString();
    });
    const arrived = once(server, 'request');
    asking?.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await arrived;
    const clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const cut = new Promise((resolve) => silent?.resume().once('close', resolve));
      const closing = intake.close(patience.signal);
      clock.tick(500);
      await cut;
      answer?.end('done');
      await closing;
    } finally {
      clock.restore();
    }

    expect(received).to.match(/^HTTP\/1\.1 200 .*done/s);
  });
});
