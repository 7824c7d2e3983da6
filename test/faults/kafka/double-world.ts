import { setTimeout as sleep } from 'node:timers/promises';
import type { Stored } from '../../support/kafka/census.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import type { ProduceFault } from '../../support/kafka/wire-faults.js';
import { kafkaErrors } from '../../support/kafka/wire-log.js';
import type { Fault } from './plan.js';
import type { World } from './run-chaos.js';

export type DoubleFault =
  | 'lose-ack'
  | 'swallow-ack'
  | 'slow-ack'
  | 'cut-request'
  | 'refusal'
  | 'late-refusal'
  | 'move-leader'
  | 'cut'
  | 'stall'
  | 'down';

const brokers = 3;
const partitions = 4;
const troubleTimeoutMs = 3_000;
/** What a broker says that cannot take the records now. */
const refusals = [kafkaErrors.leaderNotAvailable, kafkaErrors.notLeader, kafkaErrors.notEnoughReplicas];

/** The strict double of Kafka in this process. */
export class DoubleWorld implements World<DoubleFault>, AsyncDisposable {
  readonly #double: KafkaWireDouble;
  readonly topics: readonly string[];

  private constructor(double: KafkaWireDouble, topics: readonly string[]) {
    this.#double = double;
    this.topics = topics;
  }

  static async open(): Promise<DoubleWorld> {
    const topics = ['one', 'two', 'three'];
    const double = await KafkaWireDouble.start({
      brokers,
      topics: Object.fromEntries(topics.map((topic) => [topic, partitions])),
    });
    return new DoubleWorld(double, topics);
  }

  get brokers(): readonly string[] {
    return this.#double.bootstrapServers.split(',');
  }

  /** Requests that broke the protocol. */
  get violations(): number {
    return this.#double.violations.length;
  }

  read(topic: string): Promise<readonly Stored[]> {
    return Promise.resolve(this.#double.records(topic));
  }

  async inflict({ kind, ms, aim }: Fault<DoubleFault>): Promise<boolean> {
    switch (kind) {
      case 'lose-ack':
      case 'swallow-ack':
      case 'slow-ack':
        return this.#once(kind);
      case 'cut-request':
        return this.#once('cut');
      case 'refusal':
        return this.#once(refusals[aim % refusals.length] ?? kafkaErrors.notLeader);
      case 'late-refusal':
        return this.#once('refuse-after-append');
      case 'move-leader': {
        const topic = this.topics[aim % this.topics.length] ?? '';
        this.#double.moveLeader(topic, (aim >> 2) % partitions, ((aim >> 4) % brokers) + 1);
        break;
      }
      case 'cut':
        this.#double.cutSockets();
        break;
      case 'stall':
        this.freeze();
        await sleep(ms);
        this.thaw();
        break;
      case 'down':
        await this.#double.refuse();
        await sleep(ms);
        await this.#double.listen();
        break;
    }
    return true;
  }

  freeze(): void {
    this.#double.stall();
  }

  thaw(): void {
    this.#double.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#double[Symbol.asyncDispose]();
  }

  /** The next Produce request suffers this. */
  async #once(fault: ProduceFault): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const happened = await new Promise<boolean>((resolve) => {
      this.#double.fault = () => {
        this.#double.fault = () => undefined;
        resolve(true);
        return fault;
      };
      timer = setTimeout(() => resolve(false), troubleTimeoutMs);
    });
    clearTimeout(timer);
    this.#double.fault = () => undefined;
    return happened;
  }
}
