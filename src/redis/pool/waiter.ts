import type { Lease } from './lease.js';

export interface WaiterOptions {
  readonly purpose: string;
  /** On the clock of `performance.now()`. */
  readonly expiresAt: number;
  readonly signal: AbortSignal | undefined;
}

/** A caller that waits for a link. */
export class Waiter {
  readonly purpose: string;
  readonly #expiresAt: number;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (lease: Lease) => void;
  readonly #reject: (error: Error) => void;
  #timer: NodeJS.Timeout | undefined;
  #onAbort: (() => void) | undefined;
  #settled = false;

  constructor(options: WaiterOptions, resolve: (lease: Lease) => void, reject: (error: Error) => void) {
    this.purpose = options.purpose;
    this.#expiresAt = options.expiresAt;
    this.#signal = options.signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Calls one of the two if nothing else settles it first. */
  watch(onExpiry: () => void, onAbort: (reason: Error) => void): void {
    const leftMs = Math.max(0, this.#expiresAt - performance.now());
    this.#timer = setTimeout(onExpiry, Math.ceil(leftMs));
    const signal = this.#signal;
    if (signal === undefined) return;
    this.#onAbort = () => onAbort(signal.reason as Error);
    signal.addEventListener('abort', this.#onAbort);
  }

  grant(lease: Lease): void {
    if (this.#settle()) this.#resolve(lease);
  }

  refuse(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
