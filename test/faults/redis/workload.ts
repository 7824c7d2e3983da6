import type { Subscription } from '../../../src/index.js';
import { Operations } from './operations.js';
import type { Target } from './targets.js';

const fixedKeys = 32;
const waitSeconds = 0.2;

/** What one caller knows of its own keys: nobody else writes them. */
interface Books {
  /** Values it began to write to its register: 1, 2, 3 and so on. */
  begun: number;
  /** The highest that was acknowledged. */
  acknowledged: number;
  /** Those that may come to be stored at any later time. */
  readonly unknown: Set<number>;
  /** Increments of its counter. */
  readonly increments: { begun: number; acknowledged: number; unknown: number; last: number };
}

/**
 * Callers that each begin an operation every few milliseconds, whatever became of the ones before. All values are known
 * beforehand, so a reply that belongs to another command shows.
 */
export class Workload {
  readonly operations = new Operations();
  readonly #target: Target;
  readonly #prefix: string;
  readonly #books: Books[];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #added = { acknowledged: 0, unknown: 0 };
  readonly #messages: { readonly sentAt: number; readonly arrivedAt: number }[] = [];
  #subscription: Subscription | undefined;
  #reading: Promise<void> | undefined;
  #turn = 0;

  constructor(target: Target, prefix: string, callers: number) {
    this.#target = target;
    this.#prefix = `${prefix}${target.name}:`;
    this.#books = Array.from({ length: callers }, () => ({
      begun: 0,
      acknowledged: 0,
      unknown: new Set<number>(),
      increments: { begun: 0, acknowledged: 0, unknown: 0, last: 0 },
    }));
  }

  /** @param everyMs how often each caller begins an operation. */
  async start(everyMs: number): Promise<void> {
    const { more } = this.#target;
    for (let key = 0; key < fixedKeys; key += 1)
      await this.#target.set(this.#fixedKey(key), this.#fixedValue(key));
    if (more !== undefined) {
      this.#subscription = await more.subscribe(`${this.#prefix}channel`);
      this.#reading = this.#read(this.#subscription);
    }
    this.resume(everyMs);
  }

  /** Goes on after {@link pause}. */
  resume(everyMs: number): void {
    const { more } = this.#target;
    if (more !== undefined) {
      this.#every(10, () => this.#publish(more.publish));
      this.#every(25, () => this.#addOne(more.addOne));
      this.#every(250, () => this.#wait(more.wait));
    }
    for (const [caller, books] of this.#books.entries())
      this.#every(everyMs, () => this.#operate(caller, books));
  }

  /** Begins nothing more. */
  pause(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Resolves when all that was begun has ended. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Ends the subscription. */
  async close(): Promise<void> {
    await this.#subscription?.close();
    await this.#reading;
  }

  /** When the first message that was published after `moment` arrived. */
  firstMessageAfter(moment: number): number | undefined {
    return this.#messages.find(({ sentAt }) => sentAt >= moment)?.arrivedAt;
  }

  /** Holds what the server has stored against what was acknowledged; `read` asks the server by another way. */
  async audit(read: (key: string) => Promise<string | null>): Promise<void> {
    for (const [caller, { increments }] of this.#books.entries()) {
      const stored = Number(await read(`${this.#prefix}counter:${caller}`));
      const { acknowledged, unknown } = increments;
      this.operations.expect(
        stored >= acknowledged && stored <= acknowledged + unknown,
        () => `a counter is ${stored} after ${acknowledged} increments and ${unknown} of unknown end`,
      );
    }
    const { acknowledged, unknown } = this.#added;
    const stored = Number(await read(`${this.#prefix}sum`));
    this.operations.expect(
      stored >= acknowledged && stored <= acknowledged + unknown,
      () => `a sum is ${stored} after ${acknowledged} transactions and ${unknown} of unknown end`,
    );
  }

  #every(ms: number, begin: () => Promise<unknown>): void {
    this.#timers.push(
      setInterval(() => {
        const running = begin().finally(() => this.#running.delete(running));
        this.#running.add(running);
      }, ms),
    );
  }

  #operate(caller: number, books: Books): Promise<void> {
    this.#turn += 1;
    switch (this.#turn % 4) {
      case 0:
        return this.#getFixed(this.#turn % fixedKeys);
      case 1:
        return this.#write(caller, books);
      case 2:
        return this.#readBack(caller, books);
      default:
        return this.#increment(caller, books);
    }
  }

  #fixedKey(key: number): string {
    return `${this.#prefix}fixed:${key}`;
  }

  #fixedValue(key: number): string {
    return `of ${key} `.repeat(10);
  }

  async #getFixed(key: number): Promise<void> {
    const end = await this.operations.track(() => this.#target.get(this.#fixedKey(key)));
    if (end.ok)
      this.operations.expect(
        end.value === this.#fixedValue(key),
        () => `GET of ${this.#fixedKey(key)} gave ${JSON.stringify(end.value)}`,
      );
  }

  async #write(caller: number, books: Books): Promise<void> {
    const value = (books.begun += 1);
    const end = await this.operations.track(() =>
      this.#target.set(`${this.#prefix}register:${caller}`, String(value)),
    );
    if (end.ok) books.acknowledged = Math.max(books.acknowledged, value);
    else if (end.maybeApplied) books.unknown.add(value);
  }

  async #readBack(caller: number, books: Books): Promise<void> {
    const least = books.acknowledged;
    const end = await this.operations.track(() => this.#target.get(`${this.#prefix}register:${caller}`));
    if (!end.ok) return;
    const value = Number(end.value);
    const possible = Number.isInteger(value) && value <= books.begun;
    this.operations.expect(
      possible && (value >= least || books.unknown.has(value)),
      () => `a register gave ${JSON.stringify(end.value)} between ${least} and ${books.begun}`,
    );
  }

  async #increment(caller: number, { increments }: Books): Promise<void> {
    increments.begun += 1;
    const end = await this.operations.track(() => this.#target.incr(`${this.#prefix}counter:${caller}`));
    if (!end.ok) {
      if (end.maybeApplied) increments.unknown += 1;
      return;
    }
    increments.acknowledged += 1;
    const { value } = end;
    const isPossible = value > increments.last && value <= increments.begun;
    this.operations.expect(
      isPossible,
      () => `INCR gave ${value} after ${increments.last}, of ${increments.begun}`,
    );
    // A changed reply is wrong once: it must not make the right ones after it look wrong.
    if (isPossible) increments.last = value;
  }

  async #addOne(addOne: (key: string) => Promise<unknown>): Promise<void> {
    const end = await this.operations.track(() => addOne(`${this.#prefix}sum`));
    if (end.ok) this.#added.acknowledged += 1;
    else if (end.maybeApplied) this.#added.unknown += 1;
  }

  async #wait(wait: (key: string, seconds: number) => Promise<unknown>): Promise<void> {
    const end = await this.operations.track(
      () => wait(`${this.#prefix}empty list`, waitSeconds),
      waitSeconds * 1000,
    );
    if (end.ok) this.operations.expect(end.value === null, () => 'BLPOP gave an item of an empty list');
  }

  async #publish(publish: (channel: string, message: string) => Promise<number>): Promise<void> {
    const sentAt = String(performance.now());
    await this.operations.track(() => publish(`${this.#prefix}channel`, sentAt));
  }

  async #read(subscription: Subscription): Promise<void> {
    const seen = new Set<number>();
    for await (const { data } of subscription) {
      const sentAt = Number(data);
      this.operations.expect(
        sentAt > 0 && !seen.has(sentAt),
        () => `a message came twice, or is none: ${data}`,
      );
      seen.add(sentAt);
      this.#messages.push({ sentAt, arrivedAt: performance.now() });
    }
  }
}
