import { RedisClient } from '../../src/index.js';
import type { Contender } from '../measure/race.js';
import { naiveSubscriber } from './clients.js';

/** Messages on their way at once: well below what a subscription keeps for a slow reader. */
const burst = 500;

/** Publishes within the server, so that publishing costs this process next to nothing. */
const publishScript = `
  for i = 0, ARGV[4] - 1 do
    local number = ARGV[3] + i
    redis.call('PUBLISH', ARGV[1] .. (number % ARGV[2]), number)
  end
`;

export interface FanOut {
  readonly contenders: readonly Contender[];
  readonly stop: () => Promise<void>;
}

/** `subscriptions` channels with one subscription each; the work is one message to one of them, in turns. */
export async function fanOut(url: string, subscriptions: number): Promise<FanOut> {
  const control = new RedisClient({ clientId: 'bench-control', url });
  await control.start();
  const hub = await hubSubscriber(url, subscriptions);
  const naive = await naively(url, subscriptions);
  return {
    contenders: [hub, naive].map(({ name, inbox }) => contender(name, inbox, control)),
    async stop() {
      await Promise.all([hub.stop(), naive.stop(), control.stop()]);
    },
  };
}

interface Subscriber {
  readonly name: string;
  readonly inbox: Inbox;
  readonly stop: () => unknown;
}

/** Counts and checks what arrives. */
class Inbox {
  readonly prefix: string;
  readonly subscriptions: number;
  received = 0;
  sum = 0;
  #wanted = 0;
  #arrived: (() => void) | undefined;

  constructor(prefix: string, subscriptions: number) {
    this.prefix = prefix;
    this.subscriptions = subscriptions;
  }

  get channels(): readonly string[] {
    return Array.from({ length: this.subscriptions }, (_, index) => `${this.prefix}${index}`);
  }

  receive(message: string): void {
    this.received += 1;
    this.sum += Number(message);
    if (this.received === this.#wanted) this.#arrived?.();
  }

  /** Resolves when so many have come in all. */
  async arrival(total: number): Promise<void> {
    if (this.received >= total) return;
    this.#wanted = total;
    await new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
  }
}

async function hubSubscriber(url: string, subscriptions: number): Promise<Subscriber> {
  const client = new RedisClient({ clientId: 'bench-hub', url });
  await client.start();
  const inbox = new Inbox('bench:hub:', subscriptions);
  const subscribed = await Promise.all(inbox.channels.map((channel) => client.pubsub.subscribe(channel)));
  for (const subscription of subscribed) {
    void (async () => {
      for await (const { data } of subscription) inbox.receive(data);
    })();
  }
  return { name: 'slipway', inbox, stop: () => client.stop() };
}

async function naively(url: string, subscriptions: number): Promise<Subscriber> {
  const inbox = new Inbox('bench:naive:', subscriptions);
  const { stop } = await naiveSubscriber(url, inbox.channels, (_channel, message) => inbox.receive(message));
  return { name: 'naive', inbox, stop };
}

function contender(name: string, inbox: Inbox, control: RedisClient): Contender {
  const { prefix, subscriptions } = inbox;
  return {
    name,
    async run(times) {
      inbox.received = 0;
      inbox.sum = 0;
      for (let sent = 0; sent < times;) {
        const count = Math.min(burst, times - sent);
        const arrival = inbox.arrival(sent + count);
        const args = [prefix, subscriptions, sent, count].map(String);
        await control.raw.call('EVAL', publishScript, '0', ...args);
        await arrival;
        sent += count;
      }
      if (inbox.received !== times || inbox.sum !== (times * (times - 1)) / 2) {
        throw new Error(`${name} received ${inbox.received} messages of ${times}, or others than were sent.`);
      }
    },
  };
}
