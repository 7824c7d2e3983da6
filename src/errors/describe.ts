import { redactText } from './redact.js';

/**
 * One line that tells what `reason` is, whatever was thrown: an error's message (its code where the message lacks
 * it), the first inner error of an aggregate without a message, the text of anything else. Never throws.
 */
export function describeError(reason: unknown): string {
  return redactText(describe(reason));
}

function describe(reason: unknown): string {
  if (!(reason instanceof Error)) return safeString(reason);
  const { code } = reason as { code?: unknown };
  if (reason.message === '') {
    if (reason instanceof AggregateError && reason.errors.length > 0) return describe(reason.errors[0]);
    return typeof code === 'string' ? code : reason.name;
  }
  return typeof code === 'string' && !reason.message.includes(code)
    ? `${reason.message} (${code})`
    : reason.message;
}

function safeString(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
