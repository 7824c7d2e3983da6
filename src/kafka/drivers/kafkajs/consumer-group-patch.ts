import { createRequire } from 'node:module';
import { isPatchedVersion } from './patched-version.js';

/** What is used of kafkajs's place in a group. Its offset manager is another one after each join. */
interface ConsumerGroup {
  joinAndSync: (this: ConsumerGroup) => Promise<void>;
  fetch: (this: ConsumerGroup, nodeId: number) => Promise<unknown>;
  readonly offsetManager: {
    /** By topic and partition; empty until the group was asked. */
    committedOffsets(): Readonly<Record<string, Readonly<Record<number, unknown>>>>;
    nextOffset(topic: string, partition: number): { toString(): string };
  };
  /** Is a seek to be carried out by the next fetch? */
  hasSeekOffset(partition: { readonly topic: string; readonly partition: number }): boolean;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: string;
}

interface Runner {
  readonly consumerGroup: ConsumerGroup;
  handleBatch: (this: Runner, batch: Batch) => Promise<void>;
}

const done = Symbol.for('slipway.kafkajs.consumerGroupPatch');

/**
 * kafkajs has a loop of fetches for each broker, and all of them share one place in the group.
 * - Each that is told that leaders have moved joins the group by itself, at the same time as the others: then an assignment
 *   begins in the middle of another. Here those that come together are one.
 * - After a join that fails they read on as members of the former generation, whose partitions were given up; the group
 *   may never ask for another join. Here the next fetch begins with it.
 * - What a loop was sent before a join it hands out after it, and reads on from there, past what nobody has committed; so
 *   it does before a seek. Here only what was read from the very offset that is to come next is handed out.
 * @returns whether the patch is in place; false, and nothing touched, for any version but the one of patched-version.ts.
 */
export function patchConsumerGroup(version?: string): boolean {
  if (!isPatchedVersion(version)) return false;
  const require = createRequire(import.meta.url);
  const { prototype: group } = require('kafkajs/src/consumer/consumerGroup') as {
    prototype: ConsumerGroup & { [done]?: true };
  };
  if (group[done]) return true;
  const joins = new WeakMap<ConsumerGroup, Promise<void>>();
  const outside = new WeakSet<ConsumerGroup>();
  const { joinAndSync, fetch } = group;
  group.joinAndSync = function joinOnce(this: ConsumerGroup): Promise<void> {
    const running = joins.get(this);
    if (running) return running;
    outside.add(this);
    const join = joinAndSync
      .call(this)
      .then(() => void outside.delete(this))
      .finally(() => joins.delete(this));
    joins.set(this, join);
    return join;
  };
  group.fetch = async function fetchInside(this: ConsumerGroup, nodeId: number): Promise<unknown> {
    if (outside.has(this)) await this.joinAndSync();
    return fetch.call(this, nodeId);
  };
  const { prototype: runner } = require('kafkajs/src/consumer/runner') as { prototype: Runner };
  const { handleBatch } = runner;
  runner.handleBatch = function handleNext(this: Runner, batch: Batch): Promise<void> {
    return isNext(this.consumerGroup, batch) ? handleBatch.call(this, batch) : Promise.resolve();
  };
  group[done] = true;
  return true;
}

function isNext(group: ConsumerGroup, { topic, partition, fetchedOffset }: Batch): boolean {
  if (group.hasSeekOffset({ topic, partition })) return false;
  const { offsetManager } = group;
  // Without it kafkajs would take the next offset for 0.
  const isKnown = offsetManager.committedOffsets()[topic]?.[partition] !== undefined;
  return isKnown && offsetManager.nextOffset(topic, partition).toString() === fetchedOffset;
}
