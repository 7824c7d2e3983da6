import { Child } from '../../support/child.js';
import { until } from '../../support/until.js';
import type { EventConsumerStats, PartitionStats } from '../../../src/index.js';

/** Bounds that only a member that hangs exceeds. */
const patienceMs = 120_000;

/** What a member tells of itself. */
export interface MemberReport extends Omit<EventConsumerStats, 'lastCommit'> {
  readonly lastCommit?: string;
  readonly state: string;
  readonly reconnects: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly lag?: readonly PartitionStats[];
  readonly error?: string;
}

export class Member {
  readonly name: string;
  readonly #child: Child;
  #isTold = false;

  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.#child = Child.node('test/faults/kafka-consumer/member.ts', { env: { ...env, NAME: name } });
  }

  /** It has ended, and nobody told it to. */
  get hasDied(): boolean {
    return !this.#child.isRunning && !this.#isTold;
  }

  get output(): string {
    return (this.#child.stderr + this.#child.stdout).slice(-1_500);
  }

  /** Notes the state it is in; `shows` resolves if that is the state, or when it is from now on, however shortly. */
  mark(): { shows(state: string): Promise<void> } {
    const from = Math.max(0, this.#states.length - 1);
    return { shows: (state) => this.#until(() => this.#states.slice(from).includes(state), state) };
  }

  isReady(): Promise<void> {
    return this.#until(() => this.#states.at(-1) === 'ready', 'ready');
  }

  async report(): Promise<MemberReport> {
    const from = this.#child.stdout.length;
    this.#child.signal('SIGUSR2');
    const told = (): string | undefined => /^report (.*)\n/m.exec(this.#child.stdout.slice(from))?.[1];
    await this.#until(() => told() !== undefined, 'a report');
    return JSON.parse(told() ?? '') as MemberReport;
  }

  async kill(): Promise<void> {
    this.#isTold = true;
    this.#child.kill();
    await this.#child.ended;
  }

  /** Leaves in order, with nothing left open. @throws Error if it does not end well. */
  async leave(): Promise<void> {
    this.#isTold = true;
    this.#child.signal('SIGTERM');
    await this.#until(() => !this.#child.isRunning, 'its end');
    const { code } = await this.#child.ended;
    if (code !== 0 || !this.#child.stdout.includes('left '))
      throw new Error(`${this.name} ended with ${code}:\n${this.output}`);
  }

  freeze(): void {
    this.#child.signal('SIGSTOP');
  }

  thaw(): void {
    this.#child.signal('SIGCONT');
  }

  get #states(): readonly string[] {
    return Array.from(this.#child.stdout.matchAll(/^state (\w+)$/gm), ([, state = '']) => state);
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const isOver = (): boolean => condition() || this.hasDied;
    await until(isOver, `${this.name}: ${what}`, patienceMs).catch((error: unknown) => {
      throw new Error(this.output, { cause: error });
    });
    if (!condition()) throw new Error(`${this.name} died:\n${this.output}`);
  }
}
