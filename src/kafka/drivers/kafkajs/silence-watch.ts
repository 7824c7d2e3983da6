const intervalMs = 1_000;
/** As for the bus, which asks after 3 s and waits as long for the answer. */
const turns = 6;

/**
 * Notices that nothing comes over connections on which a request is always under way: a broker that is frozen, or that the
 * network swallows. It counts turns of its timer and not milliseconds, so a process that was busy itself blames nobody.
 */
export class SilenceWatch {
  readonly #onSilence: (milliseconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #silent = 0;

  /** @param onSilence called once for each silence, with how long it has lasted. */
  constructor(onSilence: (milliseconds: number) => void) {
    this.#onSilence = onSilence;
  }

  begin(): void {
    this.#silent = 0;
    this.#timer ??= setInterval(() => this.#turn(), intervalMs).unref();
  }

  heard(): void {
    this.#silent = 0;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #turn(): void {
    this.#silent += 1;
    if (this.#silent === turns) this.#onSilence(turns * intervalMs);
  }
}
