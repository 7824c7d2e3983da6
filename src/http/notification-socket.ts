import type { Logger } from '../protocols/logger.js';
import type { PubSubGap, RedisPubSubProtocol, Subscription } from '../protocols/redis.js';
import type { ResolvedNotificationOptions } from './notification-options.js';
import { closeCodes, openState, type Socket } from './websocket.js';

const looksMs = 20;

/** One user's WebSocket: what is published on the user's channel, as fast as the client takes it. */
export class NotificationSocket {
  readonly #socket: Socket;
  readonly #userId: string;
  readonly #pubsub: RedisPubSubProtocol;
  readonly #options: ResolvedNotificationOptions;
  readonly #logger: Logger;
  readonly #gone: Promise<void>;
  #subscription: Subscription | undefined;
  #isAlive = true;
  /** Resolves when the socket is closed and the subscription gone. Never rejects. */
  readonly served: Promise<void>;

  constructor(
    socket: Socket,
    userId: string,
    pubsub: RedisPubSubProtocol,
    options: ResolvedNotificationOptions,
    logger: Logger,
  ) {
    this.#socket = socket;
    this.#userId = userId;
    this.#pubsub = pubsub;
    this.#options = options;
    this.#logger = logger;
    this.#gone = new Promise((resolve) => void socket.once('close', () => resolve()));
    // A frame that breaks the protocol: ws closes the socket with the code for it.
    socket.on('error', (error) => logger.debug('A WebSocket broke the protocol', { userId, error }));
    // Nothing is expected of clients. What they send is read, so that closes and pongs are, and dropped.
    socket.on('message', () => undefined);
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    this.served = this.#serve();
  }

  /** Cuts a socket that did not answer the ping before. */
  ping(): void {
    if (this.#socket.readyState !== openState) return;
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  close(): void {
    this.#socket.close(closeCodes.goingAway, 'The service stops');
  }

  terminate(): void {
    this.#socket.terminate();
  }

  async #serve(): Promise<void> {
    const { capacity } = this.#options;
    try {
      await using subscription = await this.#pubsub.subscribe(this.#pubsub.getUserChannel(this.#userId), {
        capacity,
      });
      this.#subscription = subscription;
      // Ends the loop below.
      this.#socket.once('close', () => void this.#end());
      if (this.#socket.readyState !== openState) return;
      await this.#send('subscribed', { user_id: this.#userId });
      for await (const event of subscription.listen()) {
        if (event.type === 'message') await this.#pass(event.data);
        else if (event.type === 'gap') await this.#tellGap(event);
      }
    } catch (error) {
      this.#logger.warn('Notifications of a WebSocket ended', { userId: this.#userId, error });
    } finally {
      // The client has gone, or Redis has: then this tells the client.
      this.#socket.close(closeCodes.tryLater, 'No notifications at present');
      await this.#gone;
    }
  }

  async #end(): Promise<void> {
    try {
      await this.#subscription?.close();
    } catch (error) {
      this.#logger.warn('A subscription was not ended', { userId: this.#userId, error });
    }
  }

  /** The client knows then that it has to look anew at what notifications would have told it. */
  #tellGap({ reason, since, until, dropped }: PubSubGap): Promise<void> {
    return this.#send('gap', {
      reason,
      since: since.toISOString(),
      until: until.toISOString(),
      dropped,
    });
  }

  #send(event: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#pass(JSON.stringify({ event, data }));
  }

  /** Resolves when there is room for more. */
  async #pass(text: string): Promise<void> {
    if (this.#socket.readyState !== openState) return;
    this.#socket.send(text);
    const { maxBufferedBytes, stuckAfterMs } = this.#options;
    let waiting = this.#socket.bufferedAmount;
    let movedAt = performance.now();
    while (waiting > maxBufferedBytes && this.#socket.readyState === openState) {
      await new Promise((resolve) => setTimeout(resolve, looksMs));
      const now = this.#socket.bufferedAmount;
      if (now < waiting) movedAt = performance.now();
      waiting = now;
      if (performance.now() - movedAt < stuckAfterMs) continue;
      this.#logger.warn('A WebSocket that is not read was cut', { userId: this.#userId, waitingBytes: now });
      this.#socket.terminate();
    }
  }
}
