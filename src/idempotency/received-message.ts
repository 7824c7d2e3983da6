import type { Resolver } from '../protocols/scope-runner.js';

/** The content of a Kafka header. Of a list the last counts; empty and absent content count as none. */
export type HeaderContent = string | Uint8Array | null | undefined | readonly (string | Uint8Array)[];

/** What a message has to have to be received once: the delivery of an EventConsumer fits, and so do a driver's messages. */
export interface ReceivedMessage {
  /** The Kafka value. */
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, HeaderContent>>;
  /** Ends the work. The claim is not renewed any more once it is aborted. */
  readonly signal?: AbortSignal;
  /** From 1. A later attempt counts as a repeat. */
  readonly attempt?: number;
  /** Where `idempotent(handler)` finds its receiver. */
  readonly scope?: Resolver;
}
