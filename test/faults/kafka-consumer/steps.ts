import { z } from 'zod';
import { createEnvelope, defineEvent, type EventEnvelope } from '../../../src/index.js';
import { Random } from '../fuzz/random.js';

/** What becomes of a message: handled, handled at its second attempt, or put into the dead letter topic for some reason. */
const fates = ['well', 'stumbles', 'throws', 'permanent', 'invalid', 'undecodable'] as const;
export type Fate = (typeof fates)[number];

/** The reason that the dead letter of a fate has; undefined for those that are handled. */
export const reasonOf: Readonly<Record<Fate, string | undefined>> = {
  well: undefined,
  stumbles: undefined,
  throws: 'attempts-exhausted',
  permanent: 'permanent-error',
  invalid: 'invalid',
  undecodable: 'undecodable',
};

const rare: readonly Fate[] = ['stumbles', 'throws', 'permanent', 'invalid', 'undecodable'];
const rarelyOnceIn = 40;

export function stepIn(topic: string) {
  return defineEvent('chaos.step.v1', {
    topic,
    schema: z.object({ number: z.int(), key: z.string(), step: z.int(), fate: z.enum(fates) }),
    key: 'key',
  });
}

/** One message to be published. */
export interface Step {
  readonly number: number;
  readonly key: string;
  /** Its place among those of its key that reach a handler; -1 for those that do not. */
  readonly step: number;
  readonly fate: Fate;
}

export function makeSteps(count: number, keys: number, seed: number): readonly Step[] {
  const random = new Random(seed);
  const next = new Map<string, number>();
  return Array.from({ length: count }, (_, number) => {
    const key = `key-${random.below(keys)}`;
    const fate = random.once(rarelyOnceIn) ? random.pick(rare) : 'well';
    if (fate === 'invalid' || fate === 'undecodable') return { number, key, step: -1, fate };
    const step = next.get(key) ?? 0;
    next.set(key, step + 1);
    return { number, key, step, fate };
  });
}

export function envelopeOf(event: ReturnType<typeof stepIn>, { fate, ...data }: Step): EventEnvelope {
  const whole = createEnvelope(event, { ...data, fate }, { sourceService: 'chaos' });
  // Only what a handler is given has been checked.
  return fate === 'invalid' ? { ...whole, data: { ...whole.data, step: 'no number' } } : whole;
}

/** No JSON, but it tells its number. */
export function brokenValueOf({ number }: Step): Buffer {
  return Buffer.from(`{"number":${number}, and there it breaks`);
}

/** The number of the step whose bytes these are. */
export function numberIn(value: string): number {
  return Number(/"number":\s?(\d+)/.exec(value)?.[1] ?? Number.NaN);
}
