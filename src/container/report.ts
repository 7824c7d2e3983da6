import type { GraphNode } from './graph.js';
import type { Step } from './plan.js';

/** How one token of the application was built. */
export interface BuiltToken {
  readonly token: string;
  readonly scope: string;
  readonly provider: string;
  /** Milliseconds from the begin of the start to the begin of its factory. */
  readonly startedAtMs: number;
  /** Milliseconds its factory took. */
  readonly durationMs: number;
  /** The dependency that was ready last; absent if it waited for none. */
  readonly waitedFor?: string;
}

/** What `start()` did. */
export interface StartReport {
  /** Milliseconds from the begin of the start to its end. */
  readonly durationMs: number;
  /** In the order they were ready. */
  readonly tokens: readonly BuiltToken[];
  /** The chain of builds that the start had to wait for, first to last. */
  readonly criticalPath: readonly string[];
}

/** When the last start built a node of the graph. */
export interface BuildTime {
  readonly node: GraphNode;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly onCriticalPath: boolean;
}

interface BuiltStep {
  readonly step: Step;
  readonly endedAt: number;
  readonly durationMs: number;
}

/** Notes when each value was built, and tells what the start waited for. */
export class BuildLog {
  #startedAt = performance.now();
  readonly #built = new Map<Step, BuiltStep>();

  /** A new start: what the one before built is forgotten. */
  begin(): void {
    this.#startedAt = performance.now();
    this.#built.clear();
  }

  add(step: Step, durationMs: number): void {
    this.#built.set(step, { step, endedAt: performance.now(), durationMs });
  }

  report(scopes: readonly string[]): StartReport {
    const built = [...this.#built.values()];
    return {
      durationMs: Math.max(0, ...built.map(({ endedAt }) => endedAt - this.#startedAt)),
      tokens: built.map(({ step, endedAt, durationMs }) => {
        const waitedFor = this.#lastOf(step.dependencies);
        return {
          token: step.node.name,
          scope: scopes[step.level] ?? '',
          provider: step.node.provider,
          startedAtMs: endedAt - durationMs - this.#startedAt,
          durationMs,
          ...(waitedFor === undefined ? {} : { waitedFor: waitedFor.step.node.name }),
        };
      }),
      criticalPath: this.#criticalPath().map(({ step }) => step.node.name),
    };
  }

  /** The same by the nodes of the graph, for pictures. In the order they were ready. */
  times(): readonly BuildTime[] {
    const critical = new Set(this.#criticalPath());
    return Array.from(this.#built.values(), (each) => ({
      node: each.step.node,
      startedAtMs: each.endedAt - each.durationMs - this.#startedAt,
      durationMs: each.durationMs,
      onCriticalPath: critical.has(each),
    }));
  }

  #criticalPath(): readonly BuiltStep[] {
    const path: BuiltStep[] = [];
    let current = this.#lastOf(this.#built.keys());
    while (current !== undefined) {
      path.unshift(current);
      current = this.#lastOf(current.step.dependencies);
    }
    return path;
  }

  #lastOf(steps: Iterable<Step>): BuiltStep | undefined {
    let last: BuiltStep | undefined;
    for (const step of steps) {
      const built = this.#built.get(step);
      if (built !== undefined && (last === undefined || built.endedAt > last.endedAt)) last = built;
    }
    return last;
  }
}
