import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { createEnvelope, KafkaBus } from '../../../../src/index.js';
import { createTopics } from '../../../support/kafka/topics.js';
import { until } from '../../../support/until.js';
import type { Result } from '../../suite.js';
import { Findings, within } from '../findings.js';
import { Clients, type Outcome } from './clients.js';
import { DrainProcess } from './drain-process.js';
import { isSlow, isStream, wholeAnswer, workOn } from './work.js';

export interface DrainCase {
  readonly name: string;
  /** Of 500 requests and of 500 messages, those that go on until they are told to end. */
  readonly slow: number;
  /** The longest that the others go on after SIGTERM. */
  readonly handlingMs: number;
  /** How long they may. */
  readonly drainMs: number;
}

export interface Servers {
  readonly redisUrl: string;
  readonly kafka: string;
}

const count = 500;
const partitions = 4;
/** Only ends what hangs. */
const hangMs = 120_000;

/** So many requests and messages are under way at SIGTERM. What becomes of them, of their answers and their offsets? */
export async function runDrain(drain: DrainCase, servers: Servers): Promise<Result> {
  const begunAt = performance.now();
  const findings = new Findings();
  const told: Record<string, number> = {};
  try {
    await new DrainRun(drain, servers, findings, told).run();
  } catch (error) {
    findings.add(String(error));
  }
  return {
    id: `operations.drain.${drain.name}`,
    ok: findings.areNone,
    wrong: findings.told,
    ...told,
    took_ms: Math.round(performance.now() - begunAt),
  };
}

class DrainRun {
  readonly #case: DrainCase;
  readonly #servers: Servers;
  readonly #findings: Findings;
  readonly #told: Record<string, number>;
  readonly #topic = `drain-${randomUUID()}`;

  constructor(drain: DrainCase, servers: Servers, findings: Findings, told: Record<string, number>) {
    this.#case = drain;
    this.#servers = servers;
    this.#findings = findings;
    this.#told = told;
  }

  async run(): Promise<void> {
    const kafka = new Kafka({ brokers: [this.#servers.kafka], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      await createTopics(admin, [{ topic: this.#topic, numPartitions: partitions }]);
      await this.#drain(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async #drain(admin: Admin): Promise<void> {
    const messages = this.#ids('message');
    const requests = this.#ids('stream');
    await using first = this.#launch({ HOLD: 'true' });
    await first.untilListening();
    await using bus = new KafkaBus({ clientId: 'drain', bootstrapServers: this.#servers.kafka });
    await bus.start();
    await this.#publish(bus, messages);
    using clients = new Clients(first.url);
    const outcomes = new Map<string, Outcome>();
    const answered = requests.map(async (id) => void outcomes.set(id, await clients.ask(id)));
    // All of them are under way at this very moment, and none has ended.
    await first.until(new RegExp(`\\(${count} ${count}\\)\n`));
    first.signal('SIGTERM');
    const askedAt = performance.now();
    const late = await this.#askLate(first, clients);
    const { code } = await within(hangMs, first.ended, 'the stop hangs');
    this.#told['stop_ms'] = Math.round(performance.now() - askedAt);
    this.#findings.expect(code === 0, `it exits with ${code}: ${first.stderr.slice(-500)}`);
    await within(hangMs, Promise.all(answered), 'a request has no end');
    this.#judgeOrder(first);
    this.#judgeRequests(first, requests, outcomes);
    this.#judgeLate(first, late);
    const committed = await this.#committed(admin);
    this.#told['messages_finished'] = first.ids('did', 'message').size;
    this.#told['offsets_committed'] = committed;
    if (this.#case.slow === 0)
      this.#findings.expect(committed === count, `${committed} of ${count} offsets are committed`);
    else this.#findings.expect(committed <= count - this.#case.slow, 'what was left is committed');
    await this.#judgeNext(first, bus, messages);
  }

  #ids(others: string): readonly string[] {
    const { slow } = this.#case;
    return Array.from({ length: count }, (_, index) => {
      // Spread over all of them.
      const isOne = slow > 0 && index % Math.floor(count / slow) === 0;
      const kind = isOne ? 'slow' : index % 2 === 0 ? 'plain' : others;
      return `${kind}-${index}`;
    });
  }

  #launch(env: Readonly<Record<string, string>>): DrainProcess {
    const { handlingMs, drainMs } = this.#case;
    return DrainProcess.launch({
      SERVICE_NAME: 'work',
      WORK_TOPIC: this.#topic,
      KAFKA_GROUP_ID: this.#topic,
      KAFKA_AUTO_OFFSET_RESET: 'earliest',
      KAFKA_BOOTSTRAP_SERVERS: this.#servers.kafka,
      REDIS_URL: this.#servers.redisUrl,
      HANDLING_MS: String(handlingMs),
      DRAIN_MS: String(drainMs),
      CONSUMER_STOP_MS: String(drainMs),
      LOG_LEVEL: 'error',
      ...env,
    });
  }

  async #publish(bus: KafkaBus, ids: readonly string[]): Promise<void> {
    const event = workOn(this.#topic);
    await Promise.all(
      ids.map((id) =>
        bus.publish(this.#topic, createEnvelope(event, { id }, { sourceService: 'drain' }), { key: id }),
      ),
    );
  }

  /** New connections, from the signal until the process has ended. */
  async #askLate(first: DrainProcess, clients: Clients): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    for (let index = 0; first.isRunning && index < 50; index += 1) {
      const id = `late-${index}`;
      outcomes.set(id, await within(hangMs, clients.ask(id), 'a late request has no end'));
      await sleep(10);
    }
    return outcomes;
  }

  /** No handler was at work, and none began, once the first client was released. */
  #judgeOrder(first: DrainProcess): void {
    const lines = first.stdout.trim().split('\n');
    const released = lines.findIndex((line) => line.startsWith('released '));
    const after = lines.slice(released).filter((line) => !line.startsWith('released '));
    this.#findings.expect(released !== -1, 'no release is told');
    this.#findings.expectNone(after, 'lines of handlers after the first release');
    this.#findings.expectNone(
      lines.filter((line) => line.startsWith('failed')),
      'handlers failed',
    );
  }

  /** The answer of each is whole: of 200, or of 503 for those that were told to end. */
  #judgeRequests(
    first: DrainProcess,
    requests: readonly string[],
    outcomes: ReadonlyMap<string, Outcome>,
  ): void {
    const did = first.ids('did', 'request');
    const wrong = requests.filter((id) => {
      const outcome = outcomes.get(id);
      if (outcome === undefined || 'error' in outcome) return true;
      if (isSlow(id)) return outcome.status !== 503 || !outcome.body.includes('SLIPWAY_CONTAINER_CLOSED');
      return outcome.status !== 200 || outcome.body !== wholeAnswer(id) || !did.has(id);
    });
    const told = wrong.map((id) => `${id} ${JSON.stringify(outcomes.get(id)).slice(0, 80)}`);
    this.#findings.expectNone(told, 'requests were cut or have a wrong answer');
    this.#told['requests'] = requests.length;
    this.#told['requests_whole'] = requests.length - wrong.length;
    this.#told['streams_whole'] = requests.filter((id) => isStream(id) && !wrong.includes(id)).length;
    this.#told['answered_503'] = requests.filter((id) => isSlow(id) && !wrong.includes(id)).length;
  }

  /** What was taken is answered; what was not may find the door closed. */
  #judgeLate(first: DrainProcess, late: ReadonlyMap<string, Outcome>): void {
    const took = first.ids('took', 'request');
    const cut = [...late].filter(([id, outcome]) => took.has(id) && 'error' in outcome).map(([id]) => id);
    this.#findings.expectNone(cut, 'late requests were taken and cut');
    this.#told['late_refused'] = [...late.values()].filter((outcome) => 'error' in outcome).length;
  }

  async #committed(admin: Admin): Promise<number> {
    const [found] = await admin.fetchOffsets({ groupId: this.#topic, topics: [this.#topic] });
    return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  }

  /** The next instance handles what is left, and what the requests have published, until nothing is left in the topic. */
  async #judgeNext(first: DrainProcess, bus: KafkaBus, messages: readonly string[]): Promise<void> {
    await using next = this.#launch({ HANDLING_MS: '50' });
    await next.untilListening();
    const last = await this.#publishLast(bus);
    const isOver = (): boolean => {
      const took = next.ids('took', 'message');
      return last.every((id) => took.has(id));
    };
    await until(isOver, 'the next instance has come to the end of the topic', hangMs);
    // What it took, it brings to its end.
    next.signal('SIGTERM');
    const { code } = await within(hangMs, next.ended, 'the stop of the next instance hangs');
    this.#findings.expect(code === 0, `the next instance exits with ${code}`);
    const before = first.ids('did', 'message');
    const afterwards = next.ids('did', 'message');
    const followUps = [...first.ids('did', 'request')].map((id) => `of-${id}`);
    const lost = [...messages, ...followUps].filter((id) => !before.has(id) && !afterwards.has(id));
    this.#findings.expectNone(lost, 'events are lost');
    const again = messages.filter((id) => before.has(id) && afterwards.has(id));
    if (this.#case.slow === 0) this.#findings.expectNone(again, 'committed messages came again');
    this.#told['redelivered'] = messages.filter((id) => afterwards.has(id)).length;
    this.#told['published_by_requests'] = followUps.length;
    this.#told['lost'] = lost.length;
  }

  /** A message at the end of each partition. */
  async #publishLast(bus: KafkaBus): Promise<readonly string[]> {
    const last: string[] = [];
    const reached = new Set<number>();
    for (let index = 0; reached.size < partitions; index += 1) {
      const id = `last-${index}`;
      const envelope = createEnvelope(workOn(this.#topic), { id }, { sourceService: 'drain' });
      const { partition } = await bus.publish(this.#topic, envelope, { key: id });
      reached.add(partition);
      last.push(id);
    }
    return last;
  }
}
