import {
  type Delivery,
  EventConsumer,
  type EventOf,
  idempotent,
  PermanentError,
  RedisClient,
  RedisError,
} from '../../../src/index.js';
import { effectsKey, effectsOf, notesOf } from './evidence.js';
import { stepIn } from './steps.js';

/*
 * A member of the group in a process of its own, which is killed, frozen and told to leave. What it does stands in Redis;
 * it prints its state and what it ends with. SIGUSR2: tell what you know of yourself. SIGTERM: leave in order.
 */
const { NAME = '', SERVERS = '', REDIS = '', TOPIC = '', GROUP = '', SESSION_MS = '' } = process.env;

const print = (text: string): unknown => process.stdout.write(`${text}\n`);

const redis = new RedisClient({ clientId: NAME, url: REDIS });
await redis.start();
const consumer = new EventConsumer({
  groupId: GROUP,
  clientId: NAME,
  bootstrapServers: SERVERS,
  autoOffsetReset: 'earliest',
  sessionTimeoutMs: Number(SESSION_MS),
  commitIntervalMs: 200,
  concurrency: 4,
  attempts: 8,
  backoff: { minMs: 5, maxMs: 100 },
  // A machine that is busy must not make a message that is well look like poison.
  handlerTimeoutMs: 300_000,
  startTimeoutMs: 120_000,
});
let tenures = 0;
consumer.onRebalance(({ type }) => {
  if (type === 'assigned') tenures += 1;
});

/**
 * Until it is taken: nothing must look undone because it could not be written down. A handler that was given up may outlive
 * the client: then its end is as unknown as that of one that is killed.
 */
async function note(key: string, text: string): Promise<void> {
  for (;;) {
    try {
      await redis.rpush(notesOf(key), text);
      return;
    } catch (error) {
      if (RedisError.is(error, 'SLIPWAY_REDIS_STOPPED')) return;
      print(`noted later: ${String(error)}`);
    }
  }
}

const Step = stepIn(TOPIC);

const once = idempotent<EventOf<typeof Step>, Delivery>(
  async ({ data: { number, key, step, fate } }, { attempt }, claim) => {
    await new Promise((resolve) => setTimeout(resolve, number % 5));
    if (fate === 'throws') throw new TypeError(`${number} is poison`);
    if (fate === 'permanent') throw new PermanentError(`${number} is no good`);
    if (fate === 'stumbles' && attempt === 1) throw new Error(`${number} stumbles`);
    await claim.commit((tx) => {
      tx.multi().hincrby(effectsKey, String(number), 1).rpush(effectsOf(key), String(step));
    });
  },
  // As long as an event stays taken by a member that died.
  { redis, serviceName: GROUP, processingTtlSeconds: 2, onFailure: 'closed' },
);

consumer.subscribe(Step, async (event, delivery) => {
  const { key, step } = event.data;
  const tenure = `${NAME}.${tenures}`;
  await note(key, `${tenure} ${step} begin`);
  try {
    await once(event, delivery);
    await note(key, `${tenure} ${step} done`);
  } catch (error) {
    await note(key, `${tenure} ${step} failed`);
    throw error;
  }
});

function report(): string {
  const { details, status } = consumer;
  return JSON.stringify({ ...consumer.stats(), state: status.state, reconnects: status.reconnects, details });
}

process.on('SIGUSR2', () => {
  void consumer.lag().then(
    (lag) => print(`report ${JSON.stringify({ ...JSON.parse(report()), lag })}`),
    (error: unknown) => print(`report ${JSON.stringify({ error: String(error) })}`),
  );
});
process.once('SIGTERM', () => {
  void (async () => {
    clearInterval(watching);
    const last = report();
    await consumer.stop();
    await redis.stop();
    print(`left ${last}`);
  })();
});

let state = '';
const watching = setInterval(() => {
  const now = consumer.status.state;
  if (now !== state) print(`state ${now}`);
  state = now;
}, 10);
await consumer.start();
