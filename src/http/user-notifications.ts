import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Logger, LoggerFactory, silentLogger } from '../protocols/logger.js';
import { RedisPubSubProtocol } from '../protocols/redis.js';
import type { Resolver } from '../protocols/scope-runner.js';
import { correlationOf, inRequestLog } from './correlation.js';
import { endSocket } from './end-socket.js';
import {
  isAllowedOrigin,
  type NotificationOptions,
  type ResolvedNotificationOptions,
  resolveOptions,
} from './notification-options.js';
import { NotificationSocket } from './notification-socket.js';
import { loggedAnswer, type ProblemAnswer, statusAnswer } from './problem.js';
import { type SocketTaker, Upgrades } from './upgrades.js';
import { loadSocketServer, type Socket, type SocketServer } from './websocket.js';

/** What notifications come from, for those who have no application at hand. */
export interface NotificationSource {
  readonly pubsub: RedisPubSubProtocol;
  readonly logger?: Logger;
}

/** Carries what `publishUserNotification` publishes to the user's WebSockets. */
export interface UserNotifications extends AsyncDisposable {
  /**
   * Takes the WebSockets of a server of node:http, Fastify's `server.server` among them. Where nobody else listens for `upgrade`,
   * those of other paths are answered 404, and who asks for another protocol is answered as if it had not.
   * @throws SlipwayError SLIPWAY_HTTP_OPTIONS where another one has the path on this server.
   */
  attach(server: Server): void;
  /** How many are open. */
  readonly sockets: number;
  /** Refuses new ones, closes all (1001) and resolves when their subscriptions are gone. Idempotent; never rejects. */
  close(): Promise<void>;
}

/**
 * A WebSocket bridge for user notifications: each socket has a subscription of its own to its user's channel, and gets
 * `{"event","data"}` as it was published, after `{"event":"subscribed"}`. What a slow client missed, or a lost connection
 * of Redis' may have swallowed, is told as `{"event":"gap"}` in its place. Needs the package `ws`, loaded with the first socket.
 * @param source an application, once it is started by the time of the first socket; or pub/sub itself.
 * @throws SlipwayError SLIPWAY_HTTP_OPTIONS
 */
export function userNotifications(
  source: Resolver | NotificationSource,
  options: NotificationOptions,
): UserNotifications {
  return new Bridge(source, resolveOptions(options));
}

class Bridge implements UserNotifications {
  readonly #source: Resolver | NotificationSource;
  readonly #options: ResolvedNotificationOptions;
  readonly #open = new Set<NotificationSocket>();
  readonly #servers = new Set<Server>();
  readonly #taker: SocketTaker;
  readonly #arriving = new Set<AbortController>();
  #logger: Logger = silentLogger;
  #socketServer: Promise<SocketServer> | undefined;
  #pings: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(source: Resolver | NotificationSource, options: ResolvedNotificationOptions) {
    this.#source = source;
    this.#options = options;
    if ('pubsub' in source) this.#logger = source.logger ?? silentLogger;
    this.#taker = {
      path: options.path,
      take: (request, connection, head) =>
        void this.#accept(request, connection, head).catch((error: unknown) => {
          this.#logger.error('A WebSocket could not be answered', { error });
          connection.destroy();
        }),
      refuse: (...asked) => this.#refuse(...asked),
    };
  }

  get sockets(): number {
    return this.#open.size;
  }

  attach(server: Server): void {
    Upgrades.of(server).add(this.#taker);
    this.#servers.add(server);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#pings);
    for (const arriving of this.#arriving) arriving.abort();
    const open = [...this.#open];
    for (const socket of open) socket.close();
    const force = setTimeout(() => {
      for (const socket of open) socket.terminate();
    }, this.#options.closeTimeoutMs);
    await Promise.all(open.map(({ served }) => served));
    clearTimeout(force);
    for (const server of this.#servers) Upgrades.of(server).remove(this.#taker);
    this.#servers.clear();
  }

  /** What goes wrong is answered, while it is still HTTP. */
  async #accept(request: IncomingMessage, connection: Duplex, head: Buffer): Promise<void> {
    const arriving = new AbortController();
    const onGone = (): void => arriving.abort();
    // A client that goes meanwhile says so by an error, which would be nobody's.
    connection.on('error', onGone);
    connection.once('close', onGone);
    // One that only closes: the server's side of a connection stays open until it is closed too.
    connection.once('end', onGone);
    this.#arriving.add(arriving);
    try {
      const refusal = this.#refusal(request);
      if (refusal !== undefined) {
        this.#refuse(request, connection, refusal);
        return;
      }
      const userId = await this.#authenticated(request, arriving.signal);
      // JavaScript may return anything, `null` most of all, which is nobody's id.
      if (typeof userId !== 'string' || userId === '') {
        this.#refuse(request, connection, 401);
        return;
      }
      const [sockets, pubsub] = await Promise.all([this.#sockets(), this.#pubsub()]);
      if (this.#closing !== undefined) {
        this.#refuse(request, connection, 503);
        return;
      }
      sockets.handleUpgrade(request, connection, head, (socket) => this.#serve(socket, userId, pubsub));
    } catch (error) {
      const answer = await this.#failure(request, error, arriving.signal);
      if (connection.writable) endSocket(connection, answer);
    } finally {
      this.#arriving.delete(arriving);
      connection.off('close', onGone);
      connection.off('end', onGone);
    }
  }

  async #failure(request: IncomingMessage, error: unknown, { aborted }: AbortSignal): Promise<ProblemAnswer> {
    const answered = (statusCode: number): ProblemAnswer =>
      statusAnswer(statusCode, correlationOf(request).original, this.#options);
    if (this.#closing !== undefined) return answered(503);
    // The client has gone, or said at least that it sends no more.
    if (aborted) return answered(400);
    const logger = await this.#findLogger();
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    if (!isLate) return loggedAnswer(error, request, { ...this.#options, logger });
    const { authenticateTimeoutMs } = this.#options;
    inRequestLog(request, () =>
      logger.warn('A WebSocket was not authenticated in time', { authenticateTimeoutMs }),
    );
    // The hook may do so for the next one.
    return answered(503);
  }

  #refusal(request: IncomingMessage): number | undefined {
    // Who asks is one of those that arrive.
    const isFull = this.#open.size + this.#arriving.size > this.#options.maxSockets;
    if (this.#closing !== undefined || isFull) return 503;
    return isAllowedOrigin(request, this.#options.allowedOrigins) ? undefined : 403;
  }

  async #authenticated(request: IncomingMessage, gone: AbortSignal): Promise<string | undefined> {
    const { authenticate, authenticateTimeoutMs } = this.#options;
    const limit = AbortSignal.timeout(authenticateTimeoutMs);
    const signal = AbortSignal.any([gone, limit]);
    let stop: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([authenticate(request, signal), aborted]);
    } finally {
      if (stop !== undefined) signal.removeEventListener('abort', stop);
    }
  }

  #serve(socket: Socket, userId: string, pubsub: RedisPubSubProtocol): void {
    const served = new NotificationSocket(socket, userId, pubsub, this.#options, this.#logger);
    this.#open.add(served);
    this.#pings ??= setInterval(() => {
      for (const each of this.#open) each.ping();
    }, this.#options.pingEveryMs);
    if (this.#closing !== undefined) served.terminate();
    void served.served.then(() => {
      this.#open.delete(served);
      if (this.#open.size > 0) return;
      clearInterval(this.#pings);
      this.#pings = undefined;
    });
  }

  #sockets(): Promise<SocketServer> {
    this.#socketServer ??= this.#loadSockets();
    return this.#socketServer;
  }

  async #loadSockets(): Promise<SocketServer> {
    const server = await loadSocketServer(this.#options.maxPayloadBytes);
    // ws would answer in a text of its own.
    server.on('wsClientError', (_error, connection, request) => {
      this.#refuse(request, connection, request.method === 'GET' ? 400 : 405);
    });
    return server;
  }

  async #pubsub(): Promise<RedisPubSubProtocol> {
    if ('pubsub' in this.#source) return this.#source.pubsub;
    await this.#findLogger();
    return this.#source.get(RedisPubSubProtocol);
  }

  async #findLogger(): Promise<Logger> {
    if (this.#logger === silentLogger && !('pubsub' in this.#source)) {
      const createLogger = await this.#source.get(LoggerFactory).catch(() => undefined);
      this.#logger = createLogger?.('notifications') ?? silentLogger;
    }
    return this.#logger;
  }

  #refuse(request: IncomingMessage, connection: Duplex, statusCode: number): void {
    if (!connection.writable) return;
    endSocket(connection, statusAnswer(statusCode, correlationOf(request).original, this.#options));
  }
}
