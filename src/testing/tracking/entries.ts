import { describeError } from '../../errors/describe.js';
import type { EventEnvelope } from '../../events/envelope.js';
import type { DeadLetterReason } from '../../kafka/consumer/dead-letters.js';
import { clip } from './bounds.js';
import { show } from './match.js';

/** Where a message stands. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

interface Message extends Place {
  /** What it holds; undefined if it is no envelope. */
  readonly event: EventEnvelope | undefined;
}

export interface PublishedEntry extends Message {
  readonly kind: 'published';
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Was it this application that published it? What others published is only seen when it arrives. */
  isOwn: boolean;
}

interface HandledEntry extends Message {
  readonly kind: 'handled';
  /** The consumer group. */
  readonly group: string;
  readonly event: EventEnvelope;
  /** How many attempts it took. */
  readonly attempts: number;
  /** Of the last attempt, in milliseconds. */
  readonly durationMs: number;
}

interface FailedEntry extends Message {
  readonly kind: 'failed';
  readonly group: string;
  readonly event: EventEnvelope;
  readonly attempt: number;
  readonly error: unknown;
}

interface DeadLetteredEntry extends Message {
  readonly kind: 'dead-lettered';
  readonly group: string;
  readonly reason: DeadLetterReason;
  /** What its last attempt failed with, as the header of the dead letter has it. */
  readonly error: string;
  readonly attempts: number;
}

interface UnhandledEntry extends Message {
  readonly kind: 'unhandled';
}

interface NotifiedEntry {
  readonly kind: 'notified';
  readonly userId: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** How many connections got it. */
  readonly receivers: number;
}

/** One thing that happened. */
export type Entry =
  PublishedEntry | HandledEntry | FailedEntry | DeadLetteredEntry | UnhandledEntry | NotifiedEntry;

/** Names a message in maps. */
export function placeOf({ topic, partition, offset }: Place): string {
  return `${topic}-${partition}@${offset}`;
}

/** What happened, without that to which it did: `handled CONTENT_CREATED`. */
export function kindOf(entry: Entry): string {
  const of = entry.kind === 'notified' ? entry.event : (entry.event?.eventType ?? '(no envelope)');
  return `${entry.kind} ${clip(of, 100)}`;
}

/** A number of lines as one. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** One line that says what happened. @param namesGroups says in which consumer group it did, too. */
export function sentence(entry: Entry, namesGroups: boolean): string {
  if (entry.kind === 'notified') return `notified ${entry.userId}: ${entry.event} ${show(entry.data)}`;
  const type = entry.event?.eventType ?? '(no envelope)';
  const group = namesGroups && 'group' in entry ? ` in group ${entry.group}` : '';
  switch (entry.kind) {
    case 'published': {
      const verb = entry.isOwn ? 'published' : 'received from elsewhere';
      const key = entry.key === null ? '' : ` (key ${entry.key})`;
      return `${verb} ${type} to ${entry.topic}${key} ${show(entry.event?.data)}`;
    }
    case 'handled':
      return `handled ${type}${group}${entry.attempts > 1 ? ` at attempt ${entry.attempts}` : ''}`;
    case 'failed':
      return `failed to handle ${type}${group} at attempt ${entry.attempt}: ${oneLine(describeError(entry.error))}`;
    case 'dead-lettered':
      return `dead-lettered ${type}${group} (${entry.reason}, attempts: ${entry.attempts}): ${oneLine(entry.error)}`;
    case 'unhandled':
      return `passed over ${type} from ${entry.topic}: nothing subscribes to it`;
    default:
      return entry satisfies never;
  }
}
