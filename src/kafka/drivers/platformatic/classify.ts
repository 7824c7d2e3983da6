import { DriverError, type FailureKind } from '../../driver-error.js';
import { kindOfProtocolError } from '../../protocol-errors.js';
import { kindOfSocketError } from '../../socket-errors.js';

/** What @platformatic/kafka's errors have; several attempts, and several brokers, are an AggregateError of them. */
interface PlatformaticError extends Error {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly response?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

const kindOfCode: Readonly<Record<string, FailureKind>> = {
  PLT_KFK_AUTHENTICATION: 'auth',
  PLT_KFK_TIMEOUT: 'timeout',
  PLT_KFK_NETWORK: 'unavailable',
};

/** What @platformatic/kafka really means: the innermost error of the last attempt that says something. */
export function classify(reason: unknown): DriverError {
  if (reason instanceof DriverError) return reason;
  const errors = withInnerErrors(reason);
  const found = errors.findLast((error) => kindOf(error) !== undefined) ?? errors[0];
  if (found === undefined) return DriverError.of(reason);
  return new DriverError(kindOf(found) ?? 'failed', found.message || found.name, { cause: found });
}

/** Did the failure take more than one attempt? Then the last one does not tell what the others did. */
export function tookAttempts(reason: unknown): boolean {
  return (
    withInnerErrors(reason).filter(({ apiId, code }) => apiId !== undefined || code === 'PLT_KFK_NETWORK')
      .length > 1
  );
}

function kindOf(error: PlatformaticError): FailureKind | undefined {
  if (typeof error.apiId === 'string') return kindOfProtocolError[error.apiId];
  // A topic that is not there it tells in words alone.
  if (error.code === 'PLT_KFK_USER' && error.message.startsWith('Unknown topic ')) return 'unknown-topic';
  return kindOfSocketError(error) ?? kindOfCode[String(error.code)];
}

/** The error, then those that it holds, the outer before the inner. */
export function withInnerErrors(reason: unknown, depth = 0): PlatformaticError[] {
  if (!(reason instanceof Error) || depth > 8) return [];
  const error: PlatformaticError = reason;
  return [
    error,
    ...[error.cause, ...(error.errors ?? [])].flatMap((inner) => withInnerErrors(inner, depth + 1)),
  ];
}
