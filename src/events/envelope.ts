/** An event as slipway's services exchange it. {@link encodeEnvelope} gives it the original's JSON names. */
export interface EventEnvelope<T = unknown, Type extends string = string> {
  /** A UUID. Stays the same when the event is published again. */
  readonly eventId: string;
  readonly eventType: Type;
  readonly eventTimestamp: Date;
  readonly sourceService: string;
  /** Default 1. */
  readonly schemaVersion: number;
  /** A UUID. */
  readonly correlationId: string;
  readonly dataSchemaUri: string | null;
  readonly data: T;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}
