export type DeskErrorCode =
  'ESSAY_EXISTS' | 'ESSAY_IN_PROGRESS' | 'ESSAY_DIFFERS' | 'INVALID_REQUEST' | 'SERVICE_UNAVAILABLE';

interface DeskErrorOptions {
  /** For the client: `{ field: 'title', message: '...' }`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** When the same request may succeed. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

const statusCodes: Readonly<Record<DeskErrorCode, number>> = {
  ESSAY_EXISTS: 409,
  ESSAY_IN_PROGRESS: 409,
  ESSAY_DIFFERS: 409,
  INVALID_REQUEST: 400,
  SERVICE_UNAVAILABLE: 503,
};

/** A request that is answered with an error. The message is shown to the client. */
export class DeskError extends Error {
  override readonly name = 'DeskError';
  readonly code: DeskErrorCode;
  readonly statusCode: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: DeskErrorCode, message: string, options: DeskErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.statusCode = statusCodes[code];
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
