import { type ErrorCode, errorCodes } from './codes.js';
import { redactSecrets, redactText } from './redact.js';

const brand = Symbol.for('slipway.error');

export interface SlipwayErrorOptions {
  /** One sentence that says what happened and where, then what to do. The code is put in front of it. */
  readonly message: string;
  /** Data for programs: path, client id, address without password. Values under secret keys are masked. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Default: the code's own entry in the table. */
  readonly retryable?: boolean;
}

/** The base of every error slipway throws. */
export class SlipwayError extends Error {
  override readonly name: string = 'SlipwayError';
  readonly code: ErrorCode;
  /** May the same call succeed later, without a change of code or configuration? */
  readonly retryable: boolean;
  readonly context: Readonly<Record<string, unknown>>;
  /** The message without the code in front. */
  readonly rawMessage: string;

  constructor(code: ErrorCode, options: SlipwayErrorOptions) {
    const rawMessage = redactText(options.message);
    super(`[${code}] ${rawMessage}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.rawMessage = rawMessage;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.context = redactSecrets(options.context ?? {});
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for a SlipwayError, also of another copy of the package. */
  static is(value: unknown): value is SlipwayError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}
