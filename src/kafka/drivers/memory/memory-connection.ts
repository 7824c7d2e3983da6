import { DriverError } from '../../driver-error.js';
import type { MemoryFaults } from './memory-faults.js';

/** The connection that a client would have: what it waits for breaks when the connection is cut. */
export class MemoryConnection {
  readonly #faults: MemoryFaults;
  readonly #onDisconnect: () => void;
  readonly #waiting = new Set<(reason: DriverError) => void>();
  #end: (() => void) | undefined;
  #isDead = false;

  /** @param onDisconnect called when an open connection is cut. */
  constructor(faults: MemoryFaults, onDisconnect: () => void = () => undefined) {
    this.#faults = faults;
    this.#onDisconnect = onDisconnect;
  }

  /** Resolves when the cluster answers. @throws DriverError */
  async reach(): Promise<void> {
    this.assertOpen();
    this.#end ??= this.#faults.onCut(() => this.#cut());
    const { stalled } = this.#faults;
    if (!stalled) return;
    await this.#unlessCut(stalled);
    this.assertOpen();
  }

  /** @throws DriverError where nothing can be sent. */
  assertOpen(): void {
    if (this.#isDead) throw shutDown();
    this.#faults.assertReachable();
  }

  kill(): void {
    this.#isDead = true;
    this.#end?.();
    this.#end = undefined;
    this.#break(shutDown());
  }

  #cut(): void {
    this.#end?.();
    this.#end = undefined;
    this.#break(new DriverError('unavailable', 'The connection to the memory cluster was cut.'));
    this.#onDisconnect();
  }

  #break(reason: DriverError): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const reject of waiting) reject(reason);
  }

  async #unlessCut(stalled: Promise<void>): Promise<void> {
    let onCut: ((reason: DriverError) => void) | undefined;
    const cut = new Promise<never>((_, reject) => {
      onCut = reject;
      this.#waiting.add(reject);
    });
    try {
      await Promise.race([stalled, cut]);
    } finally {
      if (onCut) this.#waiting.delete(onCut);
    }
  }
}

function shutDown(): DriverError {
  return new DriverError('unavailable', 'The client was shut down.');
}
