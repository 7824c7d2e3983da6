/** What a caller asks to be published. Numbers rise with the calls, also those of one key. */
export interface Message {
  readonly number: number;
  readonly topic: string;
  readonly key: string | undefined;
}

/** What became of a publish: a client that does not tell what it knows of a failed one says `rejected`. */
export type End = 'acknowledged' | 'not-written' | 'unknown' | 'rejected';

export interface LoadOptions {
  readonly messages: number;
  readonly callers: number;
  readonly topics: readonly string[];
}

const tickMs = 5;
/** 2,000 messages a second: what every client of a comparison can do, so that faults and messages meet. */
const perTick = 10;
const keys = 60;
/** One message in so many has no key. */
const keylessEvery = 10;

/**
 * Callers that publish one message after the other. Each key is used by many callers at a time. Messages are let go at a
 * steady pace, and pile up in the callers while nothing goes on.
 */
export class Load {
  readonly #publish: (message: Message) => Promise<End>;
  readonly #options: LoadOptions;
  /** By number; missing: not settled. */
  readonly ends = new Map<number, End>();
  /** How long the longest publish took. */
  slowestMs = 0;
  begun = 0;
  /** No message from this number on is begun yet. */
  until = Number.POSITIVE_INFINITY;
  #pace: NodeJS.Timeout | undefined;
  #allowed = 0;
  #abandoned = false;
  readonly #waiting: (() => void)[] = [];

  constructor(publish: (message: Message) => Promise<End>, options: LoadOptions) {
    this.#publish = publish;
    this.#options = options;
  }

  count(end: End): number {
    let sum = 0;
    for (const each of this.ends.values()) if (each === end) sum += 1;
    return sum;
  }

  /** Resolves when every caller has ended. */
  async run(): Promise<void> {
    this.#pace = setInterval(() => this.#allow(perTick), tickMs);
    await Promise.all(Array.from({ length: this.#options.callers }, () => this.#call()));
    clearInterval(this.#pace);
  }

  /** No further message is begun. */
  abandon(): void {
    this.#abandoned = true;
    clearInterval(this.#pace);
    this.#allow(0);
  }

  #allow(more: number): void {
    this.#allowed += more;
    for (const go of this.#waiting.splice(0)) go();
  }

  get #isOver(): boolean {
    return this.#abandoned || this.begun >= this.#options.messages;
  }

  async #call(): Promise<void> {
    while (!this.#isOver) {
      if (this.begun >= this.#allowed || this.begun >= this.until) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      const message = this.#message(this.begun);
      this.begun += 1;
      const at = performance.now();
      const end = await this.#publish(message);
      this.ends.set(message.number, end);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - at);
    }
  }

  #message(number: number): Message {
    const { topics } = this.#options;
    const key = number % keys;
    const topic = topics[key % topics.length] ?? '';
    return { number, topic, key: number % keylessEvery === 0 ? undefined : `key-${key}` };
  }
}
