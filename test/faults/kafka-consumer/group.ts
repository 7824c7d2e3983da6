import { setTimeout as sleep } from 'node:timers/promises';
import type { Blow } from './chaos.js';
import type { Cluster, Progress } from './cluster.js';
import { Member, type MemberReport } from './members.js';

/** The members of a consumer group, as processes. */
export class Group implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  /** The oldest first. */
  readonly #members: Member[] = [];
  readonly counts = { joined: 0, killed: 0, left: 0, frozen: 0, broker_kills: 0, broker_stops: 0, hurts: 0 };
  /** As the members that are left told at the end. */
  reconnects = 0;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  get output(): string {
    return this.#members.map(({ name, output }) => `${name}:\n${output}`).join('\n');
  }

  /** @throws Error if a member has ended that was not told to. */
  assertAlive(): void {
    const dead = this.#members.find(({ hasDied }) => hasDied);
    if (dead) throw new Error(`${dead.name} died:\n${dead.output}`);
  }

  async join(): Promise<void> {
    this.counts.joined += 1;
    const member = new Member(`member-${this.counts.joined}`, this.#env);
    this.#members.push(member);
    await member.isReady();
  }

  /** Whoever goes is replaced. */
  async suffer(what: Blow['what'], cluster: Cluster, sessionTimeoutMs: number): Promise<void> {
    switch (what) {
      case 'join':
        return this.join();
      case 'kill':
        this.counts.killed += 1;
        await this.#members.shift()?.kill();
        return this.join();
      case 'leave':
        this.counts.left += 1;
        await this.#members.shift()?.leave();
        return this.join();
      case 'freeze':
        return this.#freeze(sessionTimeoutMs);
      case 'kill-brokers':
        this.counts.broker_kills += 1;
        return this.#withoutBrokers(cluster, () => cluster.kill());
      case 'stop-brokers':
        this.counts.broker_stops += 1;
        return this.#withoutBrokers(cluster, () => cluster.stop());
      case 'cut':
      case 'lose-commits':
      case 'lose-joins':
      case 'move-leaders':
        this.counts.hurts += 1;
        cluster.hurt?.(what);
    }
  }

  /**
   * What members say that is not so, all being done: each partition is one member's, nothing is left, what they call done
   * is what the brokers have as committed, and the last commit was made in this run.
   */
  async untrueReports(progress: readonly Progress[], begin: number): Promise<readonly string[]> {
    const reports = await Promise.all(this.#members.map((member) => member.report()));
    this.reconnects = reports.reduce((sum, { reconnects }) => sum + reconnects, 0);
    const owned = reports.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
    const untrue = reports.flatMap((report, index) =>
      untrueIn(report, progress, begin).map((what) => `${this.#members[index]?.name}: ${what}`),
    );
    const all = progress.map(({ partition }) => partition);
    if (owned.toSorted((a, b) => a - b).join() !== all.toSorted((a, b) => a - b).join())
      untrue.push(`partitions ${owned.join()} are assigned`);
    return untrue;
  }

  async leave(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.leave()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.kill()));
  }

  /** Long enough to be taken for dead; then it comes back, and must hear of it. */
  async #freeze(sessionTimeoutMs: number): Promise<void> {
    this.counts.frozen += 1;
    const [member] = this.#members;
    member?.freeze();
    await sleep(sessionTimeoutMs * 1.5);
    member?.thaw();
  }

  /** Every member shows that the brokers are gone, and that they are back. */
  async #withoutBrokers(cluster: Cluster, end: () => Promise<void>): Promise<void> {
    const marks = this.#members.map((member) => member.mark());
    await end();
    await Promise.all(marks.map((mark) => mark.shows('unavailable')));
    await cluster.start();
    await Promise.all(this.#members.map((member) => member.isReady()));
  }
}

function untrueIn(report: MemberReport, progress: readonly Progress[], begin: number): string[] {
  const { state, error, lag, details, lastCommit, partitions } = report;
  if (error !== undefined) return [`lag() fails: ${error}`];
  const untrue: string[] = [];
  if (state !== 'ready') untrue.push(`it is ${state}`);
  for (const { partition, done, lag: left } of [...partitions, ...(lag ?? [])]) {
    const { committed } = progress.find((each) => each.partition === partition) ?? {};
    if (done !== String(committed))
      untrue.push(`${partition} is done up to ${done}, and committed to ${committed}`);
    if (left !== 0) untrue.push(`${partition} lags by ${left}`);
  }
  if (details['lag'] !== 0) untrue.push(`it lags by ${String(details['lag'])}`);
  const committedAt = lastCommit === undefined ? undefined : Date.parse(lastCommit);
  if (committedAt !== undefined && committedAt < performance.timeOrigin + begin)
    untrue.push(`it committed at ${lastCommit}`);
  return untrue;
}
