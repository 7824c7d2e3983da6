import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createEnvelope } from '../../../events/create-envelope.js';
import type { EventEnvelope } from '../../../events/envelope.js';
import { partitionOf } from '../../../kafka/partitioner.js';
import type { KafkaPublisherProtocol } from '../../../protocols/kafka.js';
import { type ContractTest, contractTests, type Opened } from '../contract.js';
import { errorOf } from '../outcomes.js';

/** A message as it lies in a topic. */
export interface StoredMessage {
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly event: EventEnvelope;
  readonly headers: Readonly<Record<string, string>>;
}

/** A publisher, and a look at what it published that does not go through it. */
export interface OpenedPublisher extends Opened<KafkaPublisherProtocol> {
  /** Makes a topic with so many partitions. @returns its name. */
  readonly createTopic: (partitions: number) => Promise<string>;
  /** The messages of a topic, once there are `count`. */
  readonly read: (topic: string, count: number) => Promise<readonly StoredMessage[]>;
}

function event(text: string): EventEnvelope {
  return createEnvelope('CONTRACT', { text }, { sourceService: 'contract' });
}

function texts(messages: readonly StoredMessage[]): string[] {
  return messages.map(({ event: { data } }) => (data as { readonly text: string }).text);
}

/**
 * What everyone who stands for KafkaPublisherProtocol has to do.
 *
 *     for (const { title, run } of kafkaPublisherContract(open)) it(title, run);
 */
export function kafkaPublisherContract(open: () => Promise<OpenedPublisher>): readonly ContractTest[] {
  // Each test looks at what is stored, and so gets all that was opened.
  const opened = async () => {
    const all = await open();
    return { client: all, close: () => all.close() };
  };
  return contractTests(opened, {
    'resolves when the message is stored, and tells where': async ({ client, createTopic, read }) => {
      const topic = await createTopic(1);
      const first = await client.publish(topic, event('first'));
      const second = await client.publish(topic, event('second'));
      assert.deepEqual(first, { topic, partition: 0, offset: '0' });
      assert.deepEqual(second, { topic, partition: 0, offset: '1' });
      assert.deepEqual(texts(await read(topic, 2)), ['first', 'second']);
    },

    'writes the envelope whole, and the headers that consumers read': async ({
      client,
      createTopic,
      read,
    }) => {
      const topic = await createTopic(1);
      const envelope = event('all of it');
      await client.publish(topic, envelope, { key: 'k', headers: { tenant: 'å' } });
      const [message] = await read(topic, 1);
      assert.deepEqual(message?.event.eventId, envelope.eventId);
      assert.deepEqual(message?.event.correlationId, envelope.correlationId);
      assert.deepEqual(message?.event.data, envelope.data);
      assert.equal(message?.key, 'k');
      assert.equal(message?.headers['event_id'], envelope.eventId);
      assert.equal(message?.headers['event_type'], 'CONTRACT');
      assert.equal(message?.headers['tenant'], 'å');
    },

    'keeps those of one key in their order, in the partition that Java finds too': async (all) => {
      const { client, createTopic, read } = all;
      const topic = await createTopic(5);
      const keys = ['ada', 'bob', 'cyd'];
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          client.publish(topic, event(String(index)), { key: keys[index % 3] ?? '' }),
        ),
      );
      const messages = await read(topic, 30);
      for (const key of keys) {
        const own = messages.filter((message) => message.key === key);
        const inOrder = own.toSorted((a, b) => Number(a.offset) - Number(b.offset));
        const sent = Array.from({ length: 10 }, (_, index) => String(index * 3 + keys.indexOf(key)));
        assert.deepEqual(texts(inOrder), sent);
        assert.deepEqual(
          [...new Set(own.map(({ partition }) => partition))],
          [partitionOf(Buffer.from(key), 5)],
        );
      }
    },

    'tells of each message of a batch, in its order': async ({ client, createTopic, read }) => {
      const topic = await createTopic(1);
      const items = ['a', 'b', 'c'].map((text) => ({ topic, envelope: event(text) }));
      const results = await client.publishBatch(items);
      assert.deepEqual(
        results.map(({ offset }) => offset),
        ['0', '1', '2'],
      );
      assert.deepEqual(texts(await read(topic, 3)), ['a', 'b', 'c']);
    },

    'writes nothing for a call that was aborted before': async ({ client, createTopic, read }) => {
      const topic = await createTopic(1);
      const error = await errorOf(client.publish(topic, event('never'), { signal: AbortSignal.abort() }));
      assert.equal(error['outcome'], 'not-written');
      await client.publish(topic, event('written'));
      assert.deepEqual(texts(await read(topic, 1)), ['written']);
    },

    'refuses what is larger than a megabyte, and writes its neighbours': async ({
      client,
      createTopic,
      read,
    }) => {
      const topic = await createTopic(1);
      const neighbours = [client.publish(topic, event('before'), { key: 'k' })];
      const error = await errorOf(client.publish(topic, event('x'.repeat(1_100_000)), { key: 'k' }));
      neighbours.push(client.publish(topic, event('after'), { key: 'k' }));
      await Promise.all(neighbours);
      assert.equal(error['outcome'], 'not-written');
      assert.equal(error['retryable'], false);
      assert.deepEqual(texts(await read(topic, 2)), ['before', 'after']);
    },

    'refuses a name that is no topic, and says that nothing was written': async ({ client }) => {
      for (const name of ['no topic', '', '.', '..', 'x'.repeat(250)]) {
        const error = await errorOf(client.publish(name, event('never')));
        assert.equal(error['outcome'], 'not-written', name);
        assert.equal(error['retryable'], false, name);
      }
    },

    'refuses an event that the registry does not know': async ({ client }) => {
      const error = await errorOf(
        client.publishEvent(createEnvelope(randomUUID(), {}, { sourceService: 'x' })),
      );
      assert.equal(error['outcome'], 'not-written');
    },
  });
}
