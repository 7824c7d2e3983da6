/** One thing that every implementation of a protocol has to do. */
export interface ContractTest {
  readonly title: string;
  /** Rejects with an AssertionError of node:assert where the implementation does something else. */
  readonly run: () => Promise<void>;
}

/** Something that is opened for one test and closed after it. */
export interface Opened<T> {
  readonly client: T;
  readonly close: () => PromiseLike<void>;
}

/** Opens the implementation, empty of what other tests left, or under names of its own. */
export type Open<T> = () => Promise<Opened<T>>;

/** The tests of a contract, each on a client of its own. */
export function contractTests<T>(
  open: Open<T>,
  tests: Readonly<Record<string, (client: T) => Promise<void>>>,
): readonly ContractTest[] {
  return Object.entries(tests).map(([title, test]) => ({
    title,
    run: async () => {
      const { client, close } = await open();
      try {
        await test(client);
      } finally {
        await close();
      }
    },
  }));
}
