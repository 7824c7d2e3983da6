import { SlipwayError } from '../errors/slipway-error.js';
import { describeError } from '../errors/describe.js';
import type { Intake } from '../protocols/intake.js';
import { before, late } from './deadline.js';
import { containerEvents } from './events.js';
import { BuildError, type ReleaseFailure } from './lifecycle-errors.js';
import type { StopLimits } from './release.js';

/** The intakes of one application, from the first that is opened to the last that has closed. */
export class IntakeGroup {
  readonly #opened: Intake[] = [];
  #closing: readonly Closing[] = [];
  #patience = new AbortController();

  /** Is there any that {@link close} would ask? */
  get isOpen(): boolean {
    return this.#opened.length > 0;
  }

  /** Has any that was asked to close not ended? */
  get isClosing(): boolean {
    return this.#closing.some(({ hasEnded }) => !hasEnded);
  }

  /** Opens all at once. Resolves when each is open, has failed or `signal` aborts. @param fail is told of each failure. */
  async open(
    intakes: readonly Intake[],
    signal: AbortSignal,
    fail: (failure: BuildError) => void,
  ): Promise<void> {
    await Promise.all(
      intakes.map(async (intake) => {
        this.#opened.push(intake);
        const { error } = await timed(intake, 'opened', () => untilAborted(intake.open(signal), signal));
        // That another has failed is told already.
        if (error !== undefined && !(error.reason instanceof BuildError)) {
          fail(openError(intake, error.reason));
        }
      }),
    );
  }

  /** Asks every intake that was opened to take no more work. Resolves when all have ended, with or without failures. */
  async close(): Promise<void> {
    this.#patience = new AbortController();
    const { signal } = this.#patience;
    this.#closing = this.#opened.splice(0).map((intake) => new Closing(intake, signal));
    await Promise.all(this.#closing.map(({ ended }) => ended));
  }

  /** Waits no longer for what they took. Gives what failed, and names those that do not end now either. */
  async end({ eachMs, deadline }: StopLimits): Promise<readonly ReleaseFailure[]> {
    const closing = this.#closing;
    this.#closing = [];
    const left = closing.filter(({ hasEnded }) => !hasEnded);
    if (left.length > 0) {
      const startedAt = performance.now();
      this.#patience.abort(endingError());
      const until = Math.min(deadline, startedAt + eachMs);
      await Promise.all(left.map((each) => each.endBy(until, startedAt)));
    }
    return closing.flatMap(({ failure }) => failure ?? []);
  }
}

class Closing {
  readonly ended: Promise<void>;
  hasEnded = false;
  failure: ReleaseFailure | undefined;
  readonly #name: string;

  constructor(intake: Intake, signal: AbortSignal) {
    this.#name = intake.name;
    this.ended = timed(intake, 'closed', () => intake.close(signal)).then(({ error }) => {
      this.hasEnded = true;
      if (error !== undefined) this.failure = { token: intake.name, error: error.reason };
    });
  }

  async endBy(until: number, startedAt: number): Promise<void> {
    if ((await before(until, this.ended)) !== late) return;
    const elapsedMs = Math.round(performance.now() - startedAt);
    const error = new SlipwayError('SLIPWAY_CONTAINER_TIMEOUT', {
      message: `The intake ${this.#name} did not close within ${elapsedMs} ms of its abort and was left. Let it heed its signal.`,
      context: { intake: this.#name, elapsedMs },
    });
    this.failure = { token: this.#name, error };
  }
}

interface Ended {
  readonly error?: { readonly reason: unknown };
}

/** Runs one step of an intake, and tells of its end. Never rejects. */
async function timed(
  { name }: Intake,
  state: 'opened' | 'closed',
  step: () => void | PromiseLike<void>,
): Promise<Ended> {
  const startedAt = performance.now();
  let ended: Ended = {};
  try {
    await step();
  } catch (reason) {
    ended = { error: { reason } };
  }
  if (containerEvents.intake.hasSubscribers) {
    const durationMs = performance.now() - startedAt;
    const failure = ended.error === undefined ? {} : { error: ended.error.reason };
    containerEvents.intake.publish({ intake: name, state, durationMs, ...failure });
  }
  return ended;
}

async function untilAborted(work: void | PromiseLike<void>, signal: AbortSignal): Promise<void> {
  let give!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    give = () => reject(signal.reason as Error);
  });
  signal.addEventListener('abort', give);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}

function openError({ name }: Intake, reason: unknown): BuildError {
  return new BuildError('SLIPWAY_CONTAINER_INTAKE', {
    path: [name],
    sentence: `The intake ${name} did not open: ${describeError(reason)}`,
    cause: reason,
  });
}

function endingError(): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_CLOSED', {
    message: 'The application waits no longer for what was taken.',
  });
}
