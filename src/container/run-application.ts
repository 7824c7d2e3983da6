import { once } from 'node:events';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { debuglog } from 'node:util';
import { describeError } from '../errors/describe.js';
import { redactText } from '../errors/redact.js';
import { SettingsError } from '../errors/settings-error.js';
import type { Logger } from '../protocols/logger.js';
import type { StopOptions } from './application-options.js';
import { GraphError } from './problem.js';
import { type Teller, tellerOf } from './stop-teller.js';

/** What can be run: an `Application`. */
export interface Runnable {
  start(): Promise<unknown>;
  stop(options?: StopOptions): Promise<void>;
}

/** What is used of `process`. */
export interface RunProcess {
  readonly stderr: Writable;
  on(signal: 'SIGINT' | 'SIGTERM', listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

export interface RunOptions<A extends Runnable> {
  /** Runs once the application has started: to print its address, say. Its failure is one of the start. */
  readonly onStarted?: (app: A) => void | PromiseLike<void>;
  /**
   * How long the application goes on taking work after SIGTERM, while its readiness says 503 already, so that load balancers
   * find that out first. Part of its `stopTimeoutMs`, and at most half of it. Milliseconds; default 5000 in Kubernetes (where KUBERNETES_SERVICE_HOST
   * is set), else 0. A SIGINT, which people send, does not wait.
   */
  readonly unreadyMs?: number;
  /** Who is told of each step of the stop: a stream in lines, a logger in entries. Default the process's stderr. */
  readonly steps?: Writable | Logger | false;
  /** Runs after the stop and is waited for, two seconds at the longest: `flushServiceLogs`, for loggers outside of it. */
  readonly beforeExit?: () => void | PromiseLike<void>;
  /** Default: the process itself. */
  readonly process?: RunProcess;
}

/** What the process exits with; forced by a second signal it is 128 and the signal's number, as a shell has it. */
const exitCodes = { stopped: 0, notStarted: 1, notStoppedCleanly: 2 } as const;

/**
 * One Ctrl-C comes twice where a terminal signals its whole process group and a parent such as npm passes it on. Within
 * so many milliseconds of the first, a signal is taken for the same.
 */
const echoMs = 500;

const beforeExitMs = 2_000;

/** Kubernetes looks at readiness every 10 s by default, but takes a terminating pod out of its endpoints by itself, in seconds. */
const unreadyInKubernetesMs = 5_000;

const signals = ['SIGINT', 'SIGTERM'] as const;
const debug = debuglog('slipway');
/** A terminal that is gone must not end the stop half-way. */
const ignore = (): void => {};

/**
 * Runs an application as the process: starts it, waits for SIGTERM or SIGINT, stops it in order and exits. A second
 * signal half a second or more after the first exits at once.
 *
 * Exit codes: 0 stopped (also where the signal came during the start), 1 failed start, with one line on stderr that tells
 * code, address and cause, 2 stopped but not all could be released, 130 and 143 forced by SIGINT and SIGTERM.
 * An uncaught error ends the process as Node has it, without a stop: its state can no longer be trusted.
 *
 * @param app the application, or what makes it: a fault in its settings or providers is then told in the same way. A signal
 * does not wait for what is still being made.
 * @returns after `process.exit`, so only where `options.process` is not the real one.
 */
export async function runApplication<A extends Runnable>(
  app: A | (() => A | PromiseLike<A>),
  options: RunOptions<A> = {},
): Promise<void> {
  const process = options.process ?? globalThis.process;
  const { stderr } = process;
  stderr.on('error', ignore);
  const stop = new StopSignal(process, tellerOf(options.steps ?? stderr));
  // A service without a socket or a timer would end by itself.
  const alive = setInterval(ignore, 2 ** 30);
  const code = await lifeOf(app, { unreadyMs: defaultUnreadyMs(), ...options }, stop, stderr);
  if (options.beforeExit !== undefined) await lastSteps(options.beforeExit);
  if (stderr.writableNeedDrain && !stderr.errored) {
    await Promise.race([once(stderr, 'drain'), once(stderr, 'close')]);
  }
  // Signals are listened to until the very end: one that came now would end the process in its own way.
  process.exit(code);
  stop.close();
  clearInterval(alive);
  // A stream tells an error of its last write a little later.
  await new Promise(setImmediate);
  stderr.off('error', ignore);
}

async function lifeOf<A extends Runnable>(
  app: A | (() => A | PromiseLike<A>),
  { onStarted, unreadyMs = 0 }: RunOptions<A>,
  stop: StopSignal,
  stderr: Writable,
): Promise<number> {
  let started: A | undefined;
  let notStarted = false;
  try {
    // What is made after the signal is not started, so there is nothing to stop.
    const made = typeof app === 'function' ? await Promise.race([app(), stop.signalled]) : app;
    if (made !== undefined && stop.came === undefined) {
      started = made;
      await Promise.race([startOf(made, onStarted), stop.signalled]);
      await stop.signalled;
    }
  } catch (error) {
    notStarted = true;
    stderr.write(failureLine(error));
    debug('%s', stackOf(error));
  }
  try {
    await started?.stop({ unreadyMs: stop.came === 'SIGTERM' ? unreadyMs : 0 });
  } catch (error) {
    stderr.write(failureLine(error));
    return notStarted ? exitCodes.notStarted : exitCodes.notStoppedCleanly;
  }
  return notStarted ? exitCodes.notStarted : exitCodes.stopped;
}

function defaultUnreadyMs(): number {
  return (globalThis.process.env['KUBERNETES_SERVICE_HOST'] ?? '') === '' ? 0 : unreadyInKubernetesMs;
}

function startOf<A extends Runnable>(app: A, onStarted: RunOptions<A>['onStarted']): Promise<void> {
  const started = app.start().then(() => onStarted?.(app));
  // A stop that came first ends the start with an error that says just that.
  started.catch(() => {});
  return started;
}

/** The first signal asks for the stop, a later one ends the process. */
class StopSignal {
  readonly signalled: Promise<undefined>;
  readonly #process: RunProcess;
  readonly #teller: Teller;
  #firstAt: number | undefined;
  #first: NodeJS.Signals | undefined;
  #ask!: () => void;

  constructor(process: RunProcess, teller: Teller) {
    this.#process = process;
    this.#teller = teller;
    this.signalled = new Promise((resolve) => {
      this.#ask = () => resolve(undefined);
    });
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** The first signal, once it has come. */
  get came(): NodeJS.Signals | undefined {
    return this.#first;
  }

  close(): void {
    for (const signal of signals) this.#process.off(signal, this.#onSignal);
    this.#teller.close();
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (this.#firstAt === undefined) {
      this.#firstAt = now;
      this.#first = signal;
      this.#teller.begin(signal);
      this.#ask();
    } else if (now - this.#firstAt >= echoMs) {
      this.#teller.force(signal);
      this.#process.exit(128 + constants.signals[signal]);
    }
  };
}

/** What fails or hangs here keeps no process. */
async function lastSteps(run: () => void | PromiseLike<void>): Promise<void> {
  const limit = new AbortController();
  try {
    await Promise.race([run(), sleep(beforeExitMs, undefined, { signal: limit.signal })]);
  } catch (error) {
    debug('%s', stackOf(error));
  } finally {
    limit.abort();
  }
}

/** One line; several only where the error is a list that was laid out for people. */
function failureLine(error: unknown): string {
  const text = describeError(error);
  const isList = error instanceof GraphError || error instanceof SettingsError;
  return `${isList ? text : text.replaceAll(/\s*\n\s*/g, ' ')}\n`;
}

/** Of what lies at the bottom: that is where the fault is. */
function stackOf(error: unknown): string {
  let bottom = error;
  while (bottom instanceof Error && bottom.cause instanceof Error) bottom = bottom.cause;
  return redactText(bottom instanceof Error ? (bottom.stack ?? bottom.message) : String(bottom));
}
