import { type Application, Scope } from '../../src/index.js';
import { heapGrowth } from '../measure/memory.js';
import { HandWrittenScope, Root } from './hand-written.js';
import { Service } from './subjects.js';
import { application, asyncApplication } from './with-slipway.js';

/** What one open scope takes with its service, in bytes, round by round: slipway's, and one written by hand. */
export async function bytesPerScope(
  count: number,
  rounds: number,
): Promise<{ readonly slipway: readonly number[]; readonly hand: readonly number[] }> {
  const app = await application();
  const root = new Root();
  const slipway: number[] = [];
  const hand: number[] = [];
  // The first round does not count: code that runs for the first time takes memory too.
  for (let round = -1; round < rounds; round += 1) {
    const ours = await bytesEach(count, () => {
      const scope = app.enter(Scope.REQUEST);
      scope.getSync(Service);
      return scope;
    });
    const theirs = await bytesEach(count, () => {
      const scope = new HandWrittenScope(root);
      void scope.service;
      return scope;
    });
    if (round < 0) continue;
    slipway.push(ours);
    hand.push(theirs);
  }
  await app.stop();
  return { slipway, hand };
}

async function bytesEach(count: number, open: () => Disposable): Promise<number> {
  const held = Array.from({ length: count }, (): Disposable | undefined => undefined);
  const [bytes, scopes] = await heapGrowth(() => {
    for (let index = 0; index < count; index += 1) held[index] = open();
    return held;
  });
  for (const scope of scopes) scope?.[Symbol.dispose]();
  return bytes / count;
}

/** What `count` scopes leave behind once they are closed, half of them asynchronous, in bytes, round by round. */
export async function bytesLeft(count: number, rounds: number): Promise<readonly number[]> {
  const app = await application();
  const asynchronous = await asyncApplication();
  const left: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const [bytes] = await heapGrowth(() => openAndClose(app, asynchronous, count / 2));
    if (round >= 0) left.push(bytes);
  }
  await app.stop();
  await asynchronous.stop();
  return left;
}

async function openAndClose(app: Application, asynchronous: Application, times: number): Promise<void> {
  for (let left = times; left > 0; left -= 1) {
    using scope = app.enter(Scope.REQUEST);
    scope.getSync(Service);
  }
  for (let left = times; left > 0; left -= 1) {
    await using scope = asynchronous.enter(Scope.REQUEST);
    await scope.get(Service);
  }
}
