import type { ApplicationPhase } from '../protocols/lifecycle.js';
import type { SubjectReading } from './subject.js';

/** Whether the service can take work, and what keeps it from that. */
export interface Readiness {
  readonly isReady: boolean;
  /** `the application is stopping`, `redis is unavailable`. */
  readonly reasons: readonly string[];
}

/** Remembers how long each required thing has been away, for those that are given some time. */
export class ReadinessRecord {
  readonly #awaySince = new Map<string, number>();

  judge(phase: ApplicationPhase, readings: ReadonlyMap<string, SubjectReading>): Readiness {
    const reasons: string[] = phase === 'started' ? [] : [`the application is ${phase}`];
    for (const [name, reading] of readings) {
      if (this.#counts(name, reading)) reasons.push(`${name} is ${reading.state}`);
    }
    return { isReady: reasons.length === 0, reasons };
  }

  #counts(name: string, { required, serves, state, since, graceMs }: SubjectReading): boolean {
    if (serves || state === 'disabled') {
      this.#awaySince.delete(name);
      return false;
    }
    const enteredAt = since === undefined ? Date.now() : Date.parse(since);
    const awaySince = this.#awaySince.get(name) ?? enteredAt;
    this.#awaySince.set(name, awaySince);
    return required && Date.now() - awaySince >= graceMs;
  }
}
