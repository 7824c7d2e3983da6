import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachedGets } from '../container/cached.js';
import { type Contestant, checked } from '../container/contestant.js';
import { handWritten, handWrittenAsync, plainNew } from '../container/hand-written.js';
import { handWrittenApart } from '../container/in-thread.js';
import { bytesLeft, bytesPerScope } from '../container/memory.js';
import { mixedClasses } from '../container/mixed.js';
import { peers } from '../container/peers.js';
import { parallelStartMs, startMs } from '../container/start.js';
import { slipway, slipwayAsync, withOthersOpen } from '../container/with-slipway.js';
import { type Figure, asWithout, figure } from '../measure/figure.js';
import { type Laps, lapsOf, race } from '../measure/race.js';
import { ratios, summarize } from '../measure/statistics.js';
import type { Suite, SuiteOptions } from '../suite.js';

const openScopes = 10_000;
const factories = 300;

/** slipway's container against code written by hand and against other containers: docs/benchmarks.md. */
export const suite: Suite = {
  needsPeers: true,
  async *figures(options) {
    // First, while the container's code has seen nothing else: the hand-written class has not either.
    yield* syncScopes(options);
    yield* asyncScopes(options);
    yield* manyOpen(options);
    yield* memory(options);
    yield* gets(options);
    yield* mixed(options);
    yield* starts(options);
  },
};

async function* syncScopes({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const others = await peers();
  const laps = await raceChecked([await slipway(), handWritten(), plainNew(), ...others], options);
  const ours = lapsOf(laps, 'slipway');
  const against = (name: string) => summarize(ratios(lapsOf(laps, name), ours));
  yield ratio('container.scope.sync/hand', laps, 'hand', '<=4');
  yield ratio('container.scope.sync/new', laps, 'new');
  yield figure('container.scope.sync.ns', summarize(ours), 'ns');
  const byPeer = others.map(({ name }) => ({ name, summary: against(name) }));
  const [best] = byPeer.toSorted((left, right) => left.summary.median - right.summary.median);
  if (best !== undefined) {
    yield figure('container.scope.sync/best-peer', best.summary, 'times faster', '>=30', best.name);
  }
  for (const { name, summary } of byPeer) {
    yield figure(`container.scope.sync/${name}`, summary, 'times faster');
  }
}

async function* asyncScopes({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const apart = handWrittenApart();
  const beside = { ...(await checked(handWrittenAsync())), name: 'beside' };
  const ours = await checked(await slipwayAsync());
  const laps = await race([ours, apart.contender, beside], options);
  await apart.stop();
  await ours.stop?.();
  yield ratio('container.scope.async/hand', laps, 'beside', '<=1.5');
  yield ratio('container.scope.async/hand-without-async-context', laps, 'hand');
  yield figure('container.scope.async.ns', summarize(lapsOf(laps, 'slipway')), 'ns');
}

async function* manyOpen({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const laps = await raceChecked(await withOthersOpen(openScopes), options);
  const summary = summarize(ratios(lapsOf(laps, 'many'), lapsOf(laps, 'few')));
  yield figure(`container.scope.${openScopes}-open/0-open`, summary, 'ratio', asWithout);
}

async function* memory({ quick }: SuiteOptions): AsyncIterable<Figure> {
  const rounds = quick ? 1 : 5;
  const bytes = await bytesPerScope(quick ? 1000 : openScopes, rounds);
  yield figure('container.scope.bytes', summarize(bytes.slipway), 'bytes', '<=400');
  yield figure('container.scope.bytes.hand', summarize(bytes.hand), 'bytes');
  const left = await bytesLeft(quick ? 10_000 : 100_000, rounds);
  yield figure('container.scope.leak-100k-bytes', summarize(left), 'bytes', '<1000000');
}

async function* gets({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const { contenders, stop } = await cachedGets();
  const laps = await race(contenders, options);
  await stop();
  yield ratio('container.get.cached/map', laps, 'map', '<=2');
  yield figure('container.get.cached.ns', summarize(lapsOf(laps, 'slipway')), 'ns');
}

async function* mixed({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const ours = await mixedClasses();
  const laps = await race([ours, await checked(handWritten())], options);
  await ours.stop();
  yield ratio('container.scope.sync.mixed/hand', laps, 'hand');
}

async function* starts({ quick }: SuiteOptions): AsyncIterable<Figure> {
  const cold: number[] = [];
  const warm: number[] = [];
  const program = fileURLToPath(new URL('../container/cold-start.js', import.meta.url));
  for (let round = quick ? 2 : 9; round > 0; round -= 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [program, String(factories)]);
    cold.push(Number(stdout));
    warm.push(await startMs(factories));
  }
  yield figure(`container.start.${factories}-providers-ms`, summarize(cold), 'ms', '<=50');
  yield figure(`container.start.${factories}-providers-warm-ms`, summarize(warm), 'ms');
  const waitMs = 100;
  const parallel: number[] = [];
  for (let round = quick ? 1 : 7; round > 0; round -= 1) {
    parallel.push((await parallelStartMs(20, waitMs)) / waitMs);
  }
  yield figure('container.start.parallel/longest-path', summarize(parallel), 'ratio', '<=1.1');
}

/** slipway's cost over another's. */
function ratio(id: string, laps: Laps, name: string, goal?: string): Figure {
  return figure(id, summarize(ratios(lapsOf(laps, 'slipway'), lapsOf(laps, name))), 'ratio', goal);
}

async function raceChecked(contestants: readonly Contestant[], options: SuiteOptions['race']): Promise<Laps> {
  const checkedOnes: Contestant[] = [];
  for (const contestant of contestants) checkedOnes.push(await checked(contestant));
  const laps = await race(checkedOnes, options);
  for (const contestant of contestants) await contestant.stop?.();
  return laps;
}
