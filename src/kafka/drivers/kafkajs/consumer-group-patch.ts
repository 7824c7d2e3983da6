import { createRequire } from 'node:module';
import { patchedVersion } from './idle-timer-patch.js';

/** What is used of kafkajs's place in a group. Its offset manager is another one after each join. */
interface ConsumerGroup {
  joinAndSync: (this: ConsumerGroup) => Promise<void>;
  readonly offsetManager: {
    /** By topic and partition; empty until the group was asked. */
    committedOffsets(): Readonly<Record<string, Readonly<Record<number, unknown>>>>;
    nextOffset(topic: string, partition: number): { toString(): string };
  };
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
 * kafkajs has a loop of fetches for each broker, and all of them share one place in the group. Each that is told that
 * leaders have moved joins the group by itself, at the same time as the others: then an assignment begins in the middle
 * of another. And what one was sent before a join it hands out after it, and reads on from there, past what nobody has
 * committed. This makes one join of those that come together, and hands out only what was read from the very offset that
 * is to come next.
 * @returns whether the patch is in place; false, and nothing touched, for any version but {@link patchedVersion}.
 */
export function patchConsumerGroup(version?: string): boolean {
  const require = createRequire(import.meta.url);
  const installed = version ?? (require('kafkajs/package.json') as { version: string }).version;
  if (installed !== patchedVersion) return false;
  const { prototype: group } = require('kafkajs/src/consumer/consumerGroup') as {
    prototype: ConsumerGroup & { [done]?: true };
  };
  if (group[done]) return true;
  const joins = new WeakMap<ConsumerGroup, Promise<void>>();
  const { joinAndSync } = group;
  group.joinAndSync = function joinOnce(this: ConsumerGroup): Promise<void> {
    const running = joins.get(this);
    if (running) return running;
    const join = joinAndSync.call(this).finally(() => joins.delete(this));
    joins.set(this, join);
    return join;
  };
  const { prototype: runner } = require('kafkajs/src/consumer/runner') as { prototype: Runner };
  const { handleBatch } = runner;
  runner.handleBatch = function handleNext(this: Runner, batch: Batch): Promise<void> {
    return isNext(this.consumerGroup, batch) ? handleBatch.call(this, batch) : Promise.resolve();
  };
  group[done] = true;
  return true;
}

function isNext({ offsetManager }: ConsumerGroup, { topic, partition, fetchedOffset }: Batch): boolean {
  // Without it kafkajs would take the next offset for 0.
  const isKnown = offsetManager.committedOffsets()[topic]?.[partition] !== undefined;
  return isKnown && offsetManager.nextOffset(topic, partition).toString() === fetchedOffset;
}
