export interface IdempotencyKeyParts {
  /** The service that handles the event. */
  readonly serviceName: string;
  readonly eventType: string;
  /** Of {@link deterministicEventId} or {@link headerEventId}. */
  readonly id: string;
  /** Default: the original's. */
  readonly prefix?: string;
}

/** The Redis key under which a service remembers an event: `<prefix>:<service>:<type, dots as underscores>:<id>`. */
export function idempotencyKey({
  serviceName,
  eventType,
  id,
  prefix = 'huleedu:idempotency:v2',
}: IdempotencyKeyParts): string {
  return `${prefix}:${serviceName}:${eventType.replaceAll('.', '_')}:${id}`;
}
