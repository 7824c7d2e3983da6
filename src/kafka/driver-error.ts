/**
 * What went wrong, as far as the bus has to know:
 *
 * - `unavailable`, `timeout`: may pass; the same records may be produced again on the same producer.
 * - `tls`: the brokers and this client do not trust each other's certificates.
 * - `protocol`: one side speaks TLS and the other does not, or a login is asked for and none was given.
 * - `unknown-topic`: the topic does not exist, or not yet. Nothing was written.
 * - `too-large`, `auth`, `rejected`: the broker refuses these records. Nothing was written.
 * - `sequence`: the broker's memory of this producer and the producer's own differ. It must not be used again.
 * - `fenced`: another producer has taken this one's transactional id. What it had not committed is aborted.
 * - `failed`: anything else. It counts as something that may pass.
 */
export type FailureKind =
  | 'unavailable'
  | 'timeout'
  | 'tls'
  | 'protocol'
  | 'unknown-topic'
  | 'too-large'
  | 'auth'
  | 'rejected'
  | 'sequence'
  | 'fenced'
  | 'failed';

/** What drivers throw and report. Its cause is the driver's own error, freed of its wrappers. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }

  static of(reason: unknown): DriverError {
    if (reason instanceof DriverError) return reason;
    return new DriverError('failed', reason instanceof Error ? reason.message : String(reason), {
      cause: reason,
    });
  }
}

/**
 * Is it this client's configuration that keeps it from Kafka, so that another attempt to connect is useless? Not so sure
 * of `protocol`: a broker that goes down hangs up too.
 */
export function isMisconfiguration(kind: FailureKind): boolean {
  return kind === 'auth' || kind === 'tls';
}

/** Did the broker refuse for good, so that nothing was written and another attempt is useless? */
export function isRefusal(kind: FailureKind): boolean {
  return kind === 'too-large' || kind === 'auth' || kind === 'rejected';
}
