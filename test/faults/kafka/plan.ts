import type { Random } from '../fuzz/random.js';

/** One fault of a plan. */
export interface Fault<Kind extends string> {
  readonly kind: Kind;
  /** It happens when so many messages were begun. */
  readonly atMessage: number;
  /** How long it lasts, for a kind that lasts. */
  readonly ms: number;
  /** Any whole number: which of several nodes, partitions or the like it hits. */
  readonly aim: number;
}

/** How often each kind of fault happens, and from how long to how long it lasts. */
export type Mix<Kind extends string> = Readonly<
  Record<Kind, { readonly times: number; readonly ms?: readonly [from: number, to: number] }>
>;

const aims = 1 << 16;

/** The faults of a mix in a drawn order, spread over `messages`, each with a drawn moment, length and aim. */
export function drawFaults<Kind extends string>(
  random: Random,
  mix: Mix<Kind>,
  messages: number,
): readonly Fault<Kind>[] {
  const kinds = (Object.keys(mix) as Kind[]).flatMap((kind) =>
    Array.from({ length: mix[kind].times }, () => kind),
  );
  const count = kinds.length;
  const share = messages / count;
  return Array.from({ length: count }, (_, index) => {
    const [kind] = kinds.splice(random.below(kinds.length), 1) as [Kind];
    const [from, to] = mix[kind].ms ?? [0, 0];
    return {
      kind,
      atMessage: Math.floor(share * index) + random.below(Math.max(1, Math.floor(share))),
      ms: from + random.below(to - from + 1),
      aim: random.below(aims),
    };
  });
}
