import { expect } from 'chai';
import * as fc from 'fast-check';
import type { SinonFakeTimers } from 'sinon';
import {
  type AnyProvider,
  Application,
  GraphError,
  type OpenScope,
  Provider,
  Scope,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { quiet } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import {
  appLevel,
  faultSpec,
  factorySpec,
  type FactorySpec,
  type FaultSpec,
  Instance,
  levels,
  RandomGraph,
  VirtualWork,
} from '../../support/container/random-graph.js';

interface ScenarioStep {
  readonly kind: 'enter' | 'get' | 'getSync' | 'lazy' | 'close' | 'dispose' | 'work';
  readonly first: number;
  readonly second: number;
}

const scenarioStep: fc.Arbitrary<ScenarioStep> = fc.record({
  kind: fc.constantFrom('enter', 'enter', 'get', 'get', 'get', 'getSync', 'lazy', 'close', 'dispose', 'work'),
  first: fc.nat(1_000),
  second: fc.nat(1_000),
});

/** What users do with a started application; every promise they get is handed to `note`. */
class Users {
  readonly #app: Application;
  readonly #graph: RandomGraph;
  readonly #note: (promise: Promise<unknown>) => void;
  readonly #scopes: OpenScope[] = [];

  constructor(app: Application, graph: RandomGraph, note: (promise: Promise<unknown>) => void) {
    this.#app = app;
    this.#graph = graph;
    this.#note = note;
  }

  act({ kind, first, second }: ScenarioStep): void {
    try {
      this.#act(kind, first, second);
    } catch (error) {
      // Asked at the wrong time or in the wrong scope: an error of ours, never anything else.
      if (!(error as Error).message.includes('SLIPWAY_CONTAINER_')) throw error;
    }
  }

  #act(kind: ScenarioStep['kind'], first: number, second: number): void {
    const scope = this.#scopes[first % Math.max(1, this.#scopes.length)];
    const index = second % this.#graph.keys.length;
    const key = this.#graph.keys[index];
    if (kind === 'enter') {
      const targets = [undefined, Scope.SESSION, Scope.REQUEST, Scope.ACTION];
      const target = targets[second % targets.length];
      const isOuter = scope === undefined || first % 3 === 0;
      this.#scopes.push(isOuter ? this.#app.enter(target) : scope.enter(target));
    } else if (kind === 'lazy') {
      const instance = this.#graph.instances[second % Math.max(1, this.#graph.instances.length)];
      for (const later of instance?.lazies ?? []) this.#note(later());
    } else if (scope !== undefined && key !== undefined) {
      if (kind === 'get') this.#note(scope.get(key));
      else if (kind === 'getSync') scope.getSync(key);
      else if (this.#graph.hangsInside) return;
      else if (kind === 'close') this.#note(scope.close());
      else if (kind === 'dispose') scope[Symbol.dispose]();
    }
  }
}

async function endAll(work: VirtualWork, graph: RandomGraph): Promise<void> {
  graph.endLate();
  await quiet();
  while (!work.isIdle) {
    work.step();
    await quiet();
    graph.endLate();
  }
  await quiet();
}

describe('random graphs', () => {
  let clock: SinonFakeTimers;
  let warnings: readonly NodeJS.WarningListener[];

  beforeEach(() => {
    clock = fakeClock();
    // Failures in the background are told as warnings, by the hundred here.
    warnings = process.listeners('warning');
    process.removeAllListeners('warning');
  });

  afterEach(() => {
    for (const listener of warnings) process.on('warning', listener);
    expect(restored(clock)).to.equal(0);
  });

  /** Lets virtual work and time go on until `promise` has settled. */
  async function settled(
    work: VirtualWork,
    promise: Promise<unknown>,
  ): Promise<PromiseSettledResult<unknown>> {
    let result: PromiseSettledResult<unknown> | undefined;
    void Promise.allSettled([promise]).then(([only]) => (result = only));
    for (let rounds = 0; ; rounds += 1) {
      await quiet();
      if (result !== undefined) return result;
      if (rounds > 20_000) throw new Error('it never ends');
      if (work.isIdle) await clock.nextAsync();
      else work.step();
    }
  }

  async function lifeOf(
    specs: readonly FactorySpec[],
    faults: readonly FaultSpec[],
    steps: readonly ScenarioStep[],
    choices: readonly number[],
  ): Promise<void> {
    const work = new VirtualWork(choices);
    const graph = new RandomGraph(specs, faults, work);
    const app = new Application<readonly AnyProvider[]>([graph.provider]);
    expect(app.validate()).to.deep.equal([]);
    const started = await settled(work, app.start());
    if (started.status === 'rejected') {
      expect(started.reason).to.be.instanceOf(StartError);
      expect(graph.isHealthy).to.equal(false);
    } else {
      const asked: Promise<unknown>[] = [];
      const users = new Users(app, graph, (promise) => {
        promise.catch(() => undefined);
        asked.push(promise);
      });
      for (const step of steps) {
        users.act(step);
        if (step.first % 2 === 0) work.step();
        await quiet();
      }
      if (graph.isHealthy && steps.every(({ kind }) => kind !== 'close' && kind !== 'dispose')) {
        for (const value of await Promise.all(asked.map((promise) => settled(work, promise)))) {
          if (value.status === 'rejected') expect(String(value.reason)).to.include('SLIPWAY_CONTAINER_SCOPE');
          else expect(value.value).to.be.instanceOf(Instance);
        }
      }
    }
    const stopped = await settled(work, app.stop());
    if (stopped.status === 'rejected') {
      expect(stopped.reason).to.be.instanceOf(StopError);
      expect(graph.isHealthy).to.equal(false);
    }
    await endAll(work, graph);
    expect(graph.verdict()).to.deep.equal([]);
  }

  it('release all they opened exactly once, never before a dependant, and build nothing twice, whatever fails or hangs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(factorySpec, { minLength: 1, maxLength: 200, size: 'max' }),
        fc.array(faultSpec, { maxLength: 4 }),
        fc.array(scenarioStep, { maxLength: 40, size: 'max' }),
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 50 }),
        lifeOf,
      ),
      { numRuns: 100 },
    );
  });

  it('small ones too, where everything meets everything', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(factorySpec, { minLength: 1, maxLength: 8 }),
        fc.array(faultSpec, { maxLength: 3 }),
        fc.array(scenarioStep, { maxLength: 30, size: 'max' }),
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 20 }),
        lifeOf,
      ),
      { numRuns: 400 },
    );
  });

  it('have the problems that a plain search finds, and start if and only if there is none', async () => {
    const wild = fc.array(
      fc.record({
        level: fc.nat(levels.length - 1),
        dependencies: fc.array(fc.nat(1_000), { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 60, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(wild, fc.nat(3), fc.constantFrom(1, 1, 3), async (specs, absent, spread) => {
        const keys = specs.map((_spec, index) => token<number>()(`T${index}`));
        const missing = token<number>()('Missing');
        const provider: AnyProvider = new Provider('wild');
        const edges: (readonly [number, number])[] = [];
        const expectedMissing: string[] = [];
        let opened = 0;
        for (const [index, { level, dependencies }] of specs.entries()) {
          // Mostly backwards, so that many have no cycle.
          const targets = dependencies.map((number) => number % Math.max(1, index * spread));
          const known = targets.filter((target) => target < specs.length);
          for (const target of known) edges.push([index, target]);
          const isBroken = absent > 0 && index % 50 === absent * 10;
          if (isBroken) expectedMissing.push(`T${index} -> Missing`);
          provider.provide(keys[index] ?? missing, {
            scope: levels[level] ?? Scope.APP,
            inject: [...known.map((target) => keys[target] ?? missing), ...(isBroken ? [missing] : [])],
            create: () => (opened += 1),
          });
        }
        const levelOf = (index: number): number => specs[index]?.level ?? 0;
        const expectedCaptives = edges
          .filter(([from, to]) => levelOf(to) > levelOf(from))
          .map(([from, to]) => `T${from} -> T${to}`);
        const app = new Application<readonly AnyProvider[]>([provider]);
        const problems = app.validate();
        const ends = (kind: string): string[] =>
          problems.filter((problem) => problem.kind === kind).map(({ path }) => path.slice(-2).join(' -> '));
        expect(ends('missing').toSorted()).to.deep.equal(expectedMissing.toSorted());
        expect(ends('captive').toSorted()).to.deep.equal(expectedCaptives.toSorted());
        const cycles = problems.filter(({ kind }) => kind === 'cycle');
        expect(cycles.length > 0).to.equal(hasCycle(specs.length, edges));
        for (const { path } of cycles) {
          for (const [index, name] of path.entries()) {
            const next = path[(index + 1) % path.length];
            expect(edges.some(([from, to]) => name === `T${from}` && next === `T${to}`)).to.equal(true);
          }
        }
        const started = await app.start().then(
          () => undefined,
          (error: unknown) => error,
        );
        if (problems.length === 0) expect(started).to.equal(undefined);
        else {
          expect(started).to.be.instanceOf(GraphError);
          expect((started as GraphError).problems).to.deep.equal(problems);
          expect(opened).to.equal(0);
        }
        if (started === undefined) {
          expect(opened).to.equal(specs.filter(({ level }) => level <= appLevel).length);
        }
        await app.stop();
      }),
      { numRuns: 300 },
    );
  });
});

/** Is there a cycle? By taking away, again and again, what depends on nothing that is left. */
function hasCycle(count: number, edges: readonly (readonly [number, number])[]): boolean {
  const left = new Set(Array.from({ length: count }, (_, index) => index));
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const node of left) {
      if (!edges.some(([from, to]) => from === node && left.has(to))) left.delete(node);
    }
  }
  return left.size > 0;
}
