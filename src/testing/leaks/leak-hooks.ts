import { SlipwayError } from '../../errors/slipway-error.js';
import { LeakWatch } from './leak-watch.js';

export interface LeakHookOptions {
  /**
   * Who has to leave nothing open: each `test`, which fails if it does (default), or each top-level `suite`, whose tests
   * may share what they open as they go. The suite's last hook fails then, and names the test.
   */
  readonly per?: 'test' | 'suite';
  /** How long what is being closed may take to go. Milliseconds, default 1000. */
  readonly settleMs?: number;
}

/** The part of mocha that the hooks use: their `this`. Other runners have another one, or none. */
interface HookContext {
  readonly test?: {
    readonly parent?: { readonly suites: readonly HookedSuite[] } | undefined;
    /** Fails the test that the hook belongs to, without ending the run. */
    error?: (error: Error) => void;
  };
  readonly currentTest?: { fullTitle(): string } | undefined;
}

interface HookedSuite {
  readonly title: string;
  afterAll(title: string, hook: () => Promise<void>): unknown;
}

/**
 * Root hooks of mocha, as `--require` takes them from an export called `mochaHooks`. Another runner's own hooks may call
 * them: then `afterEach` rejects where the test left something open.
 */
export interface LeakHooks {
  beforeAll(this: unknown): Promise<void>;
  beforeEach(this: unknown): Promise<void>;
  afterEach(this: unknown): Promise<void>;
}

/**
 * Root hooks that fail a test which leaves something open: an application, a scope of one, a client of Redis or Kafka, a
 * subscription, a timer, a socket, a server, a process. In a file that `.mocharc` requires:
 *
 *     export const mochaHooks = leakHooks();
 *
 * With another runner, `beforeEach(() => hooks.beforeEach())` and `afterEach(() => hooks.afterEach())`.
 *
 * What a `before` opens is open before the test is and no leak of it. Timers that are `unref`ed do not count. What is
 * being closed when the test ends has `settleMs` to go.
 */
export function leakHooks({ per = 'test', settleMs = 1_000 }: LeakHookOptions = {}): LeakHooks {
  const watch = new LeakWatch(settleMs);
  return per === 'test' ? hooksPerTest(watch) : hooksPerSuite(watch);
}

function hooksPerTest(watch: LeakWatch): LeakHooks {
  return {
    async beforeAll() {
      // Only what a test opens counts.
    },
    beforeEach: () => watch.begin(),
    async afterEach() {
      const { test, currentTest } = contextOf(this);
      const error = await watch.check(currentTest?.fullTitle() ?? 'a test');
      if (error === undefined) return;
      if (test?.error === undefined) throw error;
      // Thrown, it would end the run: mocha takes a failing root hook for the failure of all.
      test.error(error);
    },
  };
}

function hooksPerSuite(watch: LeakWatch): LeakHooks {
  return {
    async beforeAll() {
      const { test } = contextOf(this);
      if (test === undefined) {
        throw new SlipwayError('SLIPWAY_TESTING_LEAK', {
          message:
            "leakHooks({ per: 'suite' }) are root hooks of mocha, which has suites. With another runner leave it at per: 'test'.",
        });
      }
      await watch.begin();
      // Added last, so that it runs after the hooks with which a suite cleans up.
      for (const suite of test.parent?.suites ?? []) {
        suite.afterAll('leaves nothing open', async () => {
          const error = await watch.check(suite.title);
          if (error !== undefined) throw error;
        });
      }
    },
    async beforeEach() {
      // The suite as a whole has to be clean, not each test.
    },
    afterEach() {
      return watch.afterTest(contextOf(this).currentTest?.fullTitle() ?? '');
    },
  };
}

function contextOf(self: unknown): HookContext {
  return self ?? {};
}
