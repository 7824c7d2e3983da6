import net from 'node:net';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { encodeEnvelope, KafkaBus, type KafkaBusSettings, PublishError } from '../../../src/index.js';
import { numbered } from '../../support/kafka/census.js';
import { settlesWithin } from '../../../src/kafka/settles-within.js';
import type { End, Message } from './load.js';

/** What is tried: a way to publish. */
export interface ChaosClient {
  start(): Promise<void>;
  publish(message: Message): Promise<End>;
  /** Resolves when it is well again, with `false` if that takes longer than `timeoutMs`. */
  recovered(timeoutMs: number): Promise<boolean>;
  stop(): Promise<void>;
  /** What else it can tell. */
  details(): Readonly<Record<string, number | string | undefined>>;
}

/** When a caller of a message stops waiting; undefined: never. */
export type Patience = (message: Message) => AbortSignal | undefined;

const toldErrors = 3;

export class BusClient implements ChaosClient {
  readonly #bus: KafkaBus;
  readonly #patience: Patience;
  /** Whatever was no PublishError. */
  #wrongErrors = 0;

  constructor(settings: Partial<KafkaBusSettings>, patience: Patience = () => undefined) {
    this.#bus = new KafkaBus({ clientId: 'chaos', ...settings });
    this.#patience = patience;
  }

  async start(): Promise<void> {
    await this.#bus.start();
  }

  async publish(message: Message): Promise<End> {
    const { number, topic, key } = message;
    const signal = this.#patience(message);
    try {
      await this.#bus.publish(topic, numbered(number), {
        ...(key === undefined ? {} : { key }),
        ...(signal ? { signal } : {}),
      });
      return 'acknowledged';
    } catch (error) {
      if (PublishError.is(error)) return error.outcome;
      this.#wrongErrors += 1;
      return 'unknown';
    }
  }

  async recovered(timeoutMs: number): Promise<boolean> {
    const limit = performance.now() + timeoutMs;
    while (this.#bus.status.state !== 'ready') {
      if (performance.now() > limit) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
  }

  async stop(): Promise<void> {
    await this.#bus.stop();
  }

  details(): Readonly<Record<string, number>> {
    const { retries, retiredProducers } = this.#bus.stats();
    return { wrong_errors: this.#wrongErrors, retries, retired_producers: retiredProducers };
  }
}

/** kafkajs as it comes: one idempotent producer, on which every caller calls `send`. */
export class BareKafkaJs implements ChaosClient {
  readonly #sockets = new Set<net.Socket>();
  readonly #producer;
  readonly #errors = new Map<string, number>();

  constructor(brokers: readonly string[], requestTimeoutMs: number) {
    const kafka = new Kafka({
      clientId: 'bare',
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      requestTimeout: requestTimeoutMs,
      socketFactory: ({ host, port, onConnect }) => {
        const socket = net.connect({ host, port }, onConnect);
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        return socket;
      },
    });
    const createPartitioner = Partitioners.DefaultPartitioner;
    this.#producer = kafka.producer({ idempotent: true, createPartitioner });
  }

  async start(): Promise<void> {
    await this.#producer.connect();
  }

  async publish({ number, topic, key }: Message): Promise<End> {
    const value = Buffer.from(encodeEnvelope(numbered(number)));
    try {
      await this.#producer.send({ topic, messages: [{ key: key ?? null, value }] });
      return 'acknowledged';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#errors.set(message, (this.#errors.get(message) ?? 0) + 1);
      return 'rejected';
    }
  }

  recovered(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async stop(): Promise<void> {
    await settlesWithin(5_000, this.#producer.disconnect());
    // Sends that nobody waits for would go on, on connections of their own.
    for (const socket of this.#sockets) socket.destroy(new Error('It is over.'));
  }

  details(): Readonly<Record<string, string | undefined>> {
    const most = [...this.#errors].toSorted(([, a], [, b]) => b - a).slice(0, toldErrors);
    return { errors: most.map(([message, count]) => `${count} x ${message}`).join('; ') };
  }
}
