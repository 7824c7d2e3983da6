import { type BuildContext } from '../../../src/index.js';

/** What happened, in order: `open A`, `close A`, and whatever a test adds. */
export type Journal = string[];

/** A thing that knows what it was made of. */
export interface Thing {
  readonly name: string;
  readonly parts: readonly unknown[];
}

/** `create` and `release` of a {@link Thing} that note in `journal` when they run. */
export function traced(journal: Journal, name: string) {
  return {
    create: (...args: readonly unknown[]): Thing => {
      journal.push(`open ${name}`);
      return { name, parts: args.slice(0, -1) };
    },
    release: (): void => {
      journal.push(`close ${name}`);
    },
  };
}

/** The same, but both end only when `opened` and `closed` say so. */
export function tracedAfter(
  journal: Journal,
  name: string,
  { opened, closed }: { readonly opened?: Promise<unknown>; readonly closed?: Promise<unknown> },
) {
  return {
    create: async (...args: readonly unknown[]): Promise<Thing> => {
      journal.push(`opening ${name}`);
      await opened;
      journal.push(`open ${name}`);
      return { name, parts: args.slice(0, -1) };
    },
    release: async (): Promise<void> => {
      journal.push(`closing ${name}`);
      await closed;
      journal.push(`close ${name}`);
    },
  };
}

/** Waits until `signal` is aborted, then fails with its reason: a factory that honours its limit. */
export function untilAborted({ signal }: BuildContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}
