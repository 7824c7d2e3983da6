/** The W3C trace context of an operation, to be sent along with it. */
export interface TraceCarrier {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Values of a span's attributes. */
export type Attributes = Readonly<Record<string, string | number>>;

/** What a client tells of one thing it does. */
export interface Operation {
  readonly kind: 'publish' | 'handle' | 'command';
  /** What the client is known by to those that count for it alone: its {@link MetricSource}'s `operations`. */
  readonly source: object;
  /** `send`, `process`, or the Redis command in upper case. */
  readonly name: string;
  /** Of the consumer group, for `handle`; of the client, for all else. */
  readonly client: string;
  /** The topic. */
  readonly destination?: string;
  /** A handler's second and later attempts at one message. */
  readonly isRetry?: boolean;
  /** The trace that the message belongs to. */
  readonly trace?: TraceCarrier | undefined;
  /** The trace of the flow that calls: where the message brings none and no span is active. */
  readonly flow?: () => TraceCarrier | undefined;
  /** What spans say beside that; asked only where there is a span. */
  readonly attributes: () => Attributes;
}

/** One operation as one observer sees it. */
export interface Observation {
  /** The trace context that the operation hands on. */
  readonly trace?: TraceCarrier;
  /** Runs the work so that what it does is seen as part of the operation. */
  readonly run?: <T>(work: () => T) => T;
  /** Called once. */
  readonly end: (ending: Ending) => void;
}

/** How an operation ended. */
export interface Ending {
  /** Absent after success. */
  readonly failure?: { readonly error: unknown };
  /** What is known of it only now; asked only where there is a span. */
  readonly attributes?: () => Attributes;
}

export interface Observer {
  /** May it look at anything now? Asked before each operation. */
  readonly isActive: boolean;
  /** Undefined: it does not look at this one. */
  readonly begin: (operation: Operation) => Observation | undefined;
}

/**
 * Where clients say what they do, and where metrics and traces hear of it. While nobody listens an operation costs one
 * look at {@link isObserved}. An observer that throws is taken off with a process warning: nobody's call fails because it
 * was counted.
 */
export class Telemetry {
  #observers: readonly Observer[] = [];

  get isObserved(): boolean {
    for (const { isActive } of this.#observers) if (isActive) return true;
    return false;
  }

  /** @returns what takes the observer off. */
  add(observer: Observer): () => void {
    this.#observers = [...this.#observers, observer];
    return () => this.#remove(observer);
  }

  /**
   * Does `work`, and lets every observer see its beginning and its end. The work begins before it returns.
   * @param resulting what is known of the operation by its result.
   */
  async observe<T>(
    operation: Operation,
    work: (trace: TraceCarrier | undefined) => T | Promise<T>,
    resulting?: (result: T) => Attributes,
  ): Promise<T> {
    const seen = this.#begin(operation);
    const trace = seen.find(([, observation]) => observation.trace !== undefined)?.[1].trace;
    let run = (): T | Promise<T> => work(trace);
    for (const [, { run: within }] of seen) {
      if (within === undefined) continue;
      const inner = run;
      run = () => within(inner);
    }
    let result: T;
    try {
      result = await run();
    } catch (error) {
      this.#end(seen, { failure: { error } });
      throw error;
    }
    this.#end(seen, resulting === undefined ? {} : { attributes: () => resulting(result) });
    return result;
  }

  #begin(operation: Operation): (readonly [Observer, Observation])[] {
    return this.#observers.flatMap((observer) => {
      const observation = this.#guard(observer, () => observer.begin(operation));
      return observation === undefined ? [] : [[observer, observation] as const];
    });
  }

  #end(seen: readonly (readonly [Observer, Observation])[], ending: Ending): void {
    for (const [observer, observation] of seen) this.#guard(observer, () => observation.end(ending));
  }

  #guard<T>(observer: Observer, look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      this.#remove(observer);
      process.emitWarning(`An observer of slipway failed and is taken off: ${String(error)}`);
      return undefined;
    }
  }

  #remove(observer: Observer): void {
    this.#observers = this.#observers.filter((each) => each !== observer);
  }
}

/** Of the process: what OpenTelemetry's API is, too. */
export const telemetry = new Telemetry();
