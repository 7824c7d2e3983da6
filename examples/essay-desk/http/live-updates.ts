import type { WebSocket } from 'ws';
import type { Component, Logger, RedisPubSubProtocol, Subscription } from '../../../src/index.js';

/** RFC 6455 and the registry of its codes: going away, policy violation, try again later. */
export const closeCodes = { goingAway: 1001, refused: 1008, tryLater: 1013 } as const;

const watchMs = 500;
/** Every so many turns of the watch a ping: 30 s. Who has not answered the one before is gone. */
const pingTurns = 60;
/** What may wait in one socket before it counts as stuck. */
const maxWaitingBytes = 256 * 1024;
/** How long a client may take to answer the closing of its socket when the desk stops. */
const closeTimeoutMs = 1000;

interface Live {
  readonly served: Promise<void>;
  isAlive: boolean;
}

/** Carries what is published on a user's Redis channel to that user's WebSockets. */
export class LiveUpdates {
  readonly #pubsub: RedisPubSubProtocol;
  readonly #redis: Component | undefined;
  readonly #logger: Logger;
  readonly #sockets = new Map<WebSocket, Live>();
  #watch: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(pubsub: RedisPubSubProtocol, redis: Component | undefined, logger: Logger) {
    this.#pubsub = pubsub;
    this.#redis = redis;
    this.#logger = logger;
  }

  accept(socket: WebSocket, userId: string): void {
    const live: Live = {
      served: this.#serve(socket, userId),
      isAlive: true,
    };
    this.#sockets.set(socket, live);
    socket.on('pong', () => {
      live.isAlive = true;
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#stopWatch();
    });
    this.#watch ??= setInterval(() => this.#look(), watchMs);
  }

  /** Closes all sockets and waits until their subscriptions are gone. */
  async close(): Promise<void> {
    this.#stopWatch();
    const open = [...this.#sockets];
    for (const [socket] of open) socket.close(closeCodes.goingAway, 'The desk stops');
    const force = setTimeout(() => {
      for (const [socket] of open) socket.terminate();
    }, closeTimeoutMs);
    await Promise.all(open.map(([, { served }]) => served));
    clearTimeout(force);
  }

  async #serve(socket: WebSocket, userId: string): Promise<void> {
    const gone = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
    try {
      await using subscription = await this.#pubsub.subscribe(this.#pubsub.getUserChannel(userId), {
        // Redis keeps no messages. A client that connects anew reads what it may have missed.
        onGap: () => socket.close(closeCodes.tryLater, 'Messages were lost'),
      });
      // Ends the loop below.
      socket.once('close', () => void this.#end(subscription, userId));
      if (socket.readyState !== socket.OPEN) return;
      this.#send(socket, JSON.stringify({ event: 'subscribed', data: { user_id: userId } }));
      for await (const { data } of subscription) this.#send(socket, data);
    } catch (error) {
      this.#logger.warn('Live updates end', { userId, error });
    }
    // The client has gone, or Redis has: then this tells the client.
    socket.close(closeCodes.tryLater, 'No live updates at present');
    await gone;
  }

  async #end(subscription: Subscription, userId: string): Promise<void> {
    try {
      await subscription.close();
    } catch (error) {
      this.#logger.warn('A subscription was not ended', { userId, error });
    }
  }

  /** A notification is `{ event, data }` in JSON already. */
  #send(socket: WebSocket, text: string): void {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(text);
    if (socket.bufferedAmount <= maxWaitingBytes) return;
    this.#logger.warn('A WebSocket that is not read was cut', { waitingBytes: socket.bufferedAmount });
    socket.terminate();
  }

  #look(): void {
    const isAway = this.#redis !== undefined && this.#redis.status.state !== 'ready';
    this.#turn += 1;
    for (const [socket, live] of this.#sockets) {
      if (isAway) {
        socket.close(closeCodes.tryLater, 'Redis was lost');
      } else if (this.#turn % pingTurns === 0) {
        if (!live.isAlive) socket.terminate();
        live.isAlive = false;
        socket.ping();
      }
    }
  }

  #stopWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}
