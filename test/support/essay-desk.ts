import { once } from 'node:events';
import type { InjectOptions } from 'fastify';
import { WebSocket } from 'ws';
import { deskProviders } from '../../examples/essay-desk/application.js';
import { HttpServer } from '../../examples/essay-desk/http/server.js';
import { loadDeskSettings } from '../../examples/essay-desk/settings.js';
import type { Resolver } from '../../src/index.js';
import { testApplication, type TestServers } from '../../src/testing/index.js';

interface DeskOptions {
  readonly servers?: TestServers;
  readonly drainTimeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The whole essay desk as a test has it, on a free port. */
export function testDesk({ env = {}, ...options }: DeskOptions = {}) {
  return testApplication(deskProviders(loadDeskSettings({ PORT: '0', ...env })), options);
}

/** Where a desk listens. */
export function urlOf(desk: Resolver): string {
  return desk.getSync(HttpServer).listeningOrigin;
}

export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer of a desk to a request that takes no way over a socket; fails where its body is no JSON object. */
export async function inject(desk: Resolver, request: InjectOptions | string): Promise<Answer> {
  const { statusCode, headers, body } = await desk.getSync(HttpServer).inject(request);
  return {
    status: statusCode,
    headers: { get: (name) => (headers[name] === undefined ? null : String(headers[name])) },
    body: JSON.parse(body) as Readonly<Record<string, unknown>>,
  };
}

/** Hands in an essay by {@link inject}. */
export function post(
  desk: Resolver,
  essay: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return inject(desk, {
    method: 'POST',
    url: '/api/v1/essays',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof essay === 'string' ? essay : JSON.stringify(essay),
  });
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
