import type { RedisPubSubProtocol, Subscription } from '../../src/index.js';
import { until } from './until.js';

interface Published {
  readonly number: number;
  /** The message was published between these moments. Milliseconds since the epoch. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

interface Reading {
  readonly subscription: Subscription;
  /** Of its channel. */
  readonly published: Published[];
  /** In the order they came. */
  readonly received: number[];
  readonly gaps: { readonly since: number; readonly until: number; readonly dropped: number }[];
  ended: Promise<void>;
}

export interface Balance {
  /** Counted for each subscription that was to receive it. */
  readonly published: number;
  readonly received: number;
  /** Published, and not received. */
  readonly missed: number;
  /** Missed without a gap whose window holds the moment of publication. */
  readonly unannounced: number;
  /** Received twice, or after a later one. */
  readonly disordered: number;
  readonly gaps: number;
  /** What gaps say is known to be missing. */
  readonly dropped: number;
}

/** Books on what was published to some channels and what their subscriptions made of it. */
export class PubSubAccount {
  readonly #publisher: Pick<RedisPubSubProtocol, 'publish'>;
  readonly #readings: readonly Reading[];
  readonly #channels = new Map<string, Published[]>();
  #number = 0;

  /** Reads the subscriptions from now on. @param pause between two messages that are read. */
  constructor(
    publisher: Pick<RedisPubSubProtocol, 'publish'>,
    subscriptions: readonly Subscription[],
    pause?: () => Promise<unknown>,
  ) {
    this.#publisher = publisher;
    this.#readings = subscriptions.map((subscription) => {
      const { channel } = subscription;
      const published = this.#channels.get(channel) ?? [];
      this.#channels.set(channel, published);
      const reading: Reading = { subscription, published, received: [], gaps: [], ended: Promise.resolve() };
      reading.ended = read(reading, pause);
      return reading;
    });
  }

  /** Publishes one message to each channel. @returns whether each had its subscriber. */
  async publish(text = ''): Promise<boolean> {
    const number = (this.#number += 1);
    const counts = await Promise.all(
      Array.from(this.#channels, async ([channel, published]) => {
        const sentAt = Date.now();
        const count = await this.#publisher.publish(channel, `${number} ${text}`);
        published.push({ number, sentAt, answeredAt: Date.now() });
        return count;
      }),
    );
    return counts.every((count) => count > 0);
  }

  /**
   * Publishes over and over until every subscription has read a message of these; a publisher that fails meanwhile tries
   * again. That the server has a subscriber tells nothing: it may be a connection that was cut just now.
   */
  async publishUntilHeard(limitMs: number): Promise<void> {
    const first = this.#number + 1;
    const isHeard = (): boolean => this.#readings.every(({ received }) => (received.at(-1) ?? 0) >= first);
    await until(
      async () => {
        await this.publish().catch(() => false);
        return isHeard();
      },
      'it is heard',
      limitMs,
    );
  }

  /** Waits until every subscription has read the last message. */
  async settle(limitMs = 10_000): Promise<void> {
    await this.publishUntilHeard(limitMs);
    const last = this.#number;
    await until(
      () => this.#readings.every(({ received }) => received.at(-1) === last),
      'the last message has arrived everywhere',
      limitMs,
    );
  }

  balance(): Balance {
    const sum = (count: (reading: Reading) => number): number =>
      this.#readings.reduce((total, reading) => total + count(reading), 0);
    return {
      published: sum(({ published }) => published.length),
      received: sum(({ received }) => received.length),
      missed: sum((reading) => missedBy(reading).length),
      unannounced: sum((reading) => missedBy(reading).filter((one) => !isCovered(one, reading)).length),
      disordered: sum(({ received }) => received.filter((one, at) => one <= (received[at - 1] ?? 0)).length),
      gaps: sum(({ gaps }) => gaps.length),
      dropped: sum(({ gaps }) => gaps.reduce((total, { dropped }) => total + dropped, 0)),
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#readings.map(async ({ subscription, ended }) => {
        await subscription.close();
        await ended;
      }),
    );
  }
}

async function read(reading: Reading, pause: (() => Promise<unknown>) | undefined): Promise<void> {
  for await (const event of reading.subscription.listen()) {
    if (event.type === 'message') reading.received.push(Number.parseInt(event.data, 10));
    if (event.type === 'gap') {
      const { since, until: end, dropped } = event;
      reading.gaps.push({ since: since.getTime(), until: end.getTime(), dropped });
    }
    await pause?.();
  }
}

function missedBy({ published, received }: Reading): Published[] {
  const here = new Set(received);
  return published.filter(({ number }) => !here.has(number));
}

function isCovered({ sentAt, answeredAt }: Published, { gaps }: Reading): boolean {
  return gaps.some(({ since, until: end }) => since <= answeredAt && sentAt <= end);
}
