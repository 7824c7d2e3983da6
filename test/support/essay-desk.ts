import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { essays } from '../../examples/essay-desk/application.js';
import { http, HttpServer } from '../../examples/essay-desk/http/server.js';
import { DeskSettings, loadDeskSettings } from '../../examples/essay-desk/settings.js';
import {
  type AnyProvider,
  Application,
  createLoggerFactory,
  infrastructure,
  LoggerFactory,
  MemoryKafka,
  Provider,
  RedisClient,
} from '../../src/index.js';
import { MemoryLog } from './memory-log.js';

/** The essay desk in this process, on embedded servers of its own. */
export async function startDesk(...more: readonly AnyProvider[]) {
  const kafkaName = randomUUID();
  const settings = loadDeskSettings({
    KAFKA_BOOTSTRAP_SERVERS: `memory://${kafkaName}`,
    PORT: '0',
    REDIS_DEADLINE_MS: '1000',
  });
  const desk = new Provider('desk').provide(DeskSettings, { value: settings.desk });
  const log = new MemoryLog();
  const providers: readonly AnyProvider[] = [infrastructure(settings), desk, essays(), http(), ...more];
  const app = new Application(providers);
  app.container
    .rebind(LoggerFactory)
    .toConstantValue(createLoggerFactory({ service: 'essay-desk', stream: log }));
  await app.start();
  const { memory } = await app.get(RedisClient);
  if (memory === undefined) throw new Error('Redis is not embedded.');
  return {
    app,
    log,
    url: app.getSync(HttpServer).listeningOrigin,
    redis: memory,
    kafka: MemoryKafka.shared(kafkaName),
    [Symbol.asyncDispose]: () => app.stop(),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer to a request; fails where its body is no JSON object. */
export async function ask(url: string, init?: RequestInit): Promise<Answer> {
  // A connection that is kept open would be one more thing that a test leaves behind.
  const response = await fetch(url, { ...init, headers: { connection: 'close', ...init?.headers } });
  const body = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, headers: response.headers, body };
}

/** Hands in an essay. */
export function handIn(
  url: string,
  essay: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(`${url}/api/v1/essays`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof essay === 'string' ? essay : JSON.stringify(essay),
  });
}

interface Notification {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A WebSocket of the desk's, and what came over it. */
export class LiveSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly received: Notification[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #watchers = new Set<() => void>();

  constructor(url: string, userId?: string, headers: Readonly<Record<string, string>> = {}) {
    const query = userId === undefined ? '' : `?userId=${encodeURIComponent(userId)}`;
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, { headers });
    this.socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()) as Notification);
      for (const watch of this.#watchers) watch();
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Open, and its subscription confirmed. */
  static async open(url: string, userId: string): Promise<LiveSocket> {
    const live = new LiveSocket(url, userId);
    await live.until('subscribed');
    return live;
  }

  /** The first notification of that name. */
  until(event: string): Promise<Notification> {
    return new Promise((resolve, reject) => {
      const watch = (): void => {
        const found = this.received.find((each) => each.event === event);
        if (found === undefined) return;
        this.#watchers.delete(watch);
        resolve(found);
      };
      this.#watchers.add(watch);
      this.socket.once('error', reject);
      void this.closed.then(({ code }) => reject(new Error(`Closed with ${code} before ${event}.`)));
      watch();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
