import type { Logger } from '../../protocols/logger.js';
import type { KafkaDriver } from '../producer-port.js';
import type { Scopes } from './attempt.js';
import { type ResolvedConsumerSettings, settingsError } from './consumer-settings.js';
import type { ConsumerState } from './consumer-state.js';
import type { DeadLetters } from './dead-letters.js';
import { GroupMember, type MemberEvents } from './group-member.js';
import { type MessageCounts, type RunContext, runMessage } from './message-run.js';
import { PartitionWork } from './partition-work.js';
import type { Router } from './router.js';

export interface MemberParts {
  readonly driver: KafkaDriver;
  readonly settings: ResolvedConsumerSettings;
  readonly router: Router;
  readonly deadLetters: DeadLetters;
  readonly scopes: Scopes | undefined;
  readonly logger: Logger;
  readonly counts: MessageCounts;
  readonly state: ConsumerState;
  readonly onRebalance: MemberEvents['onRebalance'];
}

/** Puts together what one run of a consumer, from start to stop, is made of. */
export function createMember(parts: MemberParts): GroupMember {
  const { driver, settings, router, logger, state, onRebalance } = parts;
  const context: RunContext = {
    settings,
    router,
    logger,
    deadLetters: parts.deadLetters,
    scopes: parts.scopes,
    counts: parts.counts,
    onDeadLetterFailure: (record, failure) => state.deadLetter(record, failure),
  };
  return new GroupMember({
    settings,
    logger,
    topics: router.topics,
    createConsumer: (options) => {
      if (driver.createConsumer) return driver.createConsumer(options);
      throw settingsError(`the driver ${driver.name} only produces`, 'Give one that consumes.');
    },
    createWork: (partition, onDone) =>
      new PartitionWork(partition, settings, (record, work) => runMessage(record, work, context), onDone),
    events: {
      onDown: (failure) => state.down(failure),
      onUp: () => state.up(),
      onCommit: (failure) => state.committed(failure),
      onRebalance: (type, partitions) => {
        if (type === 'assigned') state.assigned();
        else state.revoked();
        onRebalance(type, partitions);
      },
    },
  });
}
