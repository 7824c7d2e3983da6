import { type ErrorCode, errorCodes } from './codes.js';
import { brandClass, brandOf } from './error-brand.js';
import { type ErrorDetail, jsonSafe } from './error-detail.js';
import { isoFormat } from './iso-format.js';
import { redactSecrets, redactText } from './redact.js';

export interface SlipwayErrorOptions {
  /** One sentence that says what happened and where, then what to do. The code is put in front of it. */
  readonly message: string;
  /** Data for programs: path, client id, address without password. Values under secret keys are masked. */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** Default: the code's own entry in the table. */
  readonly retryable?: boolean;
}

/** `SlipwayError` or a class that extends it. */
type ErrorClass<T extends SlipwayError> = abstract new (...args: never[]) => T;

/** The base of every error slipway throws. */
export class SlipwayError extends Error {
  static {
    brandClass(this, 'slipway.error');
  }

  override readonly name: string = 'SlipwayError';
  readonly code: ErrorCode;
  /** May the same call succeed later, without a change of code or configuration? */
  readonly retryable: boolean;
  readonly context: Readonly<Record<string, unknown>>;
  /** The message without the code in front. */
  readonly rawMessage: string;
  /** When the error was made. Not enumerable, so that printing an error stays short. */
  declare readonly occurredAt: Date;

  constructor(code: ErrorCode, options: SlipwayErrorOptions) {
    const rawMessage = redactText(options.message);
    super(`[${code}] ${rawMessage}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.rawMessage = rawMessage;
    this.retryable = options.retryable ?? errorCodes[code].retryable;
    this.context = redactSecrets(options.context ?? {});
    Object.defineProperty(this, 'occurredAt', { value: new Date() });
  }

  /**
   * True for an error of this class, also of another copy of the package or another realm, where `instanceof` is false.
   * With a code: true for that code alone. `PublishError.is`, `RedisError.is` and so on ask for their own class; a class
   * of your own that extends one of them is asked for by `instanceof`.
   */
  static is<T extends SlipwayError>(this: ErrorClass<T>, value: unknown): value is T;
  static is<T extends SlipwayError, const C extends ErrorCode>(
    this: ErrorClass<T>,
    value: unknown,
    code: C,
  ): value is T & { readonly code: C };
  static is<T extends SlipwayError>(this: ErrorClass<T>, value: unknown, code?: ErrorCode): boolean {
    if (typeof value !== 'object' || value === null) return false;
    const brand = brandOf(this);
    const isOne =
      brand === undefined ? value instanceof this : (value as Record<symbol, unknown>)[brand] === true;
    return isOne && (code === undefined || (value as SlipwayError).code === code);
  }

  /**
   * The whole error as data, for logs and for services of one's own: message, context, but neither cause nor stack. It
   * names addresses; what a stranger may see of it is `errorBody(error)`.
   */
  toJSON(): ErrorDetail {
    const { correlationId, service, ...details } = this.context;
    return {
      code: this.code,
      message: this.rawMessage,
      correlation_id: typeof correlationId === 'string' ? correlationId : null,
      service: typeof service === 'string' ? service : null,
      timestamp: isoFormat(this.occurredAt),
      details: { ...jsonSafe(details), retryable: this.retryable },
    };
  }
}
