import type { RedisClient } from '../../../src/index.js';
import { accountOfKey, type Note } from '../../support/kafka/key-order.js';
import type { Step } from './steps.js';

/** How often the effect of each event happened, by its number. */
export const effectsKey = 'chaos:effects';
/** The events of a key in the order of their effects. Pushed in the transaction of the effect. */
export const effectsOf = (key: string): string => `chaos:effects:${key}`;
/** The calls of the handler with the events of a key. Pushed before and after each. */
export const notesOf = (key: string): string => `chaos:notes:${key}`;

/** What the members did, as it stands in Redis. */
export interface Evidence {
  /** Events that are to be handled and whose handler never ended well. */
  readonly lost: number;
  /** Effects, made in the claim's own transaction, that are missing or happened twice. */
  readonly effectsLost: number;
  readonly effectsDoubled: number;
  /** Effects that came before that of an earlier event of their key. */
  readonly inversions: number;
  readonly disordered: number;
  readonly repeats: number;
  readonly late: number;
  readonly firstFault: string | undefined;
}

export async function readEvidence(redis: RedisClient, steps: readonly Step[]): Promise<Evidence> {
  const counts = new Map(Object.entries(await redis.hgetall(effectsKey)));
  const faults: string[] = [];
  let [lost, repeats, late, inversions, disordered] = [0, 0, 0, 0, 0];
  for (const [key, ofKey] of byKey(steps)) {
    const told = (await redis.lrange(notesOf(key), 0, -1)).map(noteIn);
    const buried = new Set(ofKey.filter(({ fate }) => !isHandled(fate)).map(({ step }) => step));
    const account = accountOfKey(told, buried);
    repeats += account.repeats;
    late += account.late;
    disordered += account.faults.length;
    faults.push(...account.faults.map((fault) => `${key}: ${fault}`));
    const done = new Set(told.filter(({ what }) => what === 'done').map(({ step }) => step));
    lost += ofKey.filter(({ step, fate }) => isHandled(fate) && !done.has(step)).length;
    const order = (await redis.lrange(effectsOf(key), 0, -1)).map(Number);
    const backwards = order.filter((step, index) => step <= (order[index - 1] ?? -1)).length;
    inversions += backwards;
    if (backwards > 0) faults.push(`${key}: effects in the order ${order.join(' ')}`);
  }
  const wanted = steps.filter(({ fate }) => isHandled(fate));
  const effectsLost = wanted.filter(({ number }) => !counts.has(String(number))).length;
  const surplus = [...counts.values()].reduce((sum, count) => sum + Number(count), 0) - counts.size;
  const uncalled = counts.size - (wanted.length - effectsLost);
  return {
    lost,
    effectsLost,
    effectsDoubled: surplus + uncalled,
    inversions,
    disordered,
    repeats,
    late,
    firstFault: faults[0],
  };
}

export function isHandled(fate: Step['fate']): boolean {
  return fate === 'well' || fate === 'stumbles';
}

/** Those that reach a handler. */
function byKey(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const keys = new Map<string, Step[]>();
  for (const each of steps.filter(({ step }) => step >= 0)) {
    const ofKey = keys.get(each.key) ?? [];
    ofKey.push(each);
    keys.set(each.key, ofKey);
  }
  return keys;
}

function noteIn(text: string): Note {
  const [tenure = '', step, what] = text.split(' ');
  return { tenure, step: Number(step), what: what as Note['what'] };
}
