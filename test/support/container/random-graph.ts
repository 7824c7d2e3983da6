import * as fc from 'fast-check';
import { type AnyProvider, lazy, Provider, Scope, type Token, token } from '../../../src/index.js';

export const levels = [Scope.RUNTIME, Scope.APP, Scope.SESSION, Scope.REQUEST, Scope.ACTION] as const;
export const appLevel = 1;

/** A factory of a random graph; numbers are made into indices when the graph is put together. */
export interface FactorySpec {
  readonly level: number;
  readonly dependencies: readonly number[];
  readonly lazies: readonly number[];
  readonly build: 'class' | 'sync' | 'async' | 'generator';
  readonly release: 'none' | 'sync' | 'async';
  readonly cached: boolean;
  readonly eager: boolean;
}

export type Fault = 'throws' | 'rejects' | 'hangs' | 'release throws' | 'release rejects' | 'release hangs';

export interface FaultSpec {
  readonly at: number;
  readonly fault: Fault;
}

export const factorySpec: fc.Arbitrary<FactorySpec> = fc.record({
  level: fc.nat(levels.length - 1),
  dependencies: fc.array(fc.nat(1_000), { maxLength: 4 }),
  lazies: fc.array(fc.nat(1_000), { maxLength: 1 }),
  build: fc.constantFrom('class', 'sync', 'async', 'generator'),
  release: fc.constantFrom('none', 'sync', 'async'),
  cached: fc.oneof({ weight: 7, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  eager: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

export const faultSpec: fc.Arbitrary<FaultSpec> = fc.record({
  at: fc.nat(1_000),
  fault: fc.constantFrom('throws', 'rejects', 'hangs', 'release throws', 'release rejects', 'release hangs'),
});

/** Work that ends when {@link VirtualWork.step} says so, in an order that `choices` decide. */
export class VirtualWork {
  readonly #gates: (() => void)[] = [];
  readonly #choices: readonly number[];
  #chosen = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  get isIdle(): boolean {
    return this.#gates.length === 0;
  }

  wait(): Promise<void> {
    return new Promise((resolve) => this.#gates.push(resolve));
  }

  /** Ends one of the things that wait. */
  step(): void {
    const choice = this.#choices[this.#chosen % this.#choices.length] ?? 0;
    this.#chosen += 1;
    const [gate] = this.#gates.splice(choice % Math.max(1, this.#gates.length), 1);
    gate?.();
  }
}

/** One value that a factory made. */
export class Instance {
  isOpen = false;
  releases = 0;
  hasReleased = false;
  readonly factory: number;
  readonly scope: object;
  readonly parts: readonly Instance[];
  readonly lazies: readonly (() => Promise<unknown>)[];

  constructor(
    factory: number,
    scope: object,
    parts: readonly Instance[],
    lazies: readonly (() => Promise<unknown>)[],
  ) {
    this.factory = factory;
    this.scope = scope;
    this.parts = parts;
    this.lazies = lazies;
  }
}

/** A random graph without faults in its making, that notes what is made and released. */
export class RandomGraph {
  readonly provider: AnyProvider = new Provider('random');
  readonly keys: readonly Token<Instance>[];
  readonly instances: Instance[] = [];
  /** What must not happen, in words. */
  readonly violations: string[] = [];
  readonly #specs: readonly FactorySpec[];
  readonly #faults = new Map<number, Fault>();
  readonly #work: VirtualWork;
  readonly #late: (() => void)[] = [];
  readonly #building = new Set<string>();
  readonly #scopes = new Map<object, number>();

  constructor(specs: readonly FactorySpec[], faults: readonly FaultSpec[], work: VirtualWork) {
    this.#specs = specs;
    this.#work = work;
    this.keys = specs.map((_spec, index) => token<Instance>()(`T${index}`));
    for (const { at, fault } of faults) this.#faults.set(at % specs.length, fault);
    const markers = levels.map((scope) => {
      const marker = token<object>()(`scope ${scope}`);
      this.provider.provide(marker, { scope, create: () => ({}) });
      return marker;
    });
    for (const [index, spec] of specs.entries())
      this.#provide(index, spec, markers[spec.level] as Token<object>);
  }

  levelOf(index: number): number {
    return this.#specs[index]?.level ?? 0;
  }

  /** Does something hang that lives in a scope which its user closes? */
  get hangsInside(): boolean {
    return [...this.#faults].some(
      ([index, fault]) => fault.endsWith('hangs') && this.levelOf(index) > appLevel,
    );
  }

  get isHealthy(): boolean {
    return this.#faults.size === 0;
  }

  /** What hung so far ends after all. */
  endLate(): void {
    for (const end of this.#late.splice(0)) end();
  }

  /** Those before it that live at least as long: with these alone no graph has a problem. */
  dependenciesOf(index: number): readonly number[] {
    return (
      this.#specs[index]?.dependencies.flatMap((number) => this.#longerLived(number, index, index)) ?? []
    );
  }

  #longerLived(number: number, below: number, index: number): number[] {
    if (below === 0) return [];
    const other = number % below;
    return this.levelOf(other) <= this.levelOf(index) ? [other] : [];
  }

  #provide(index: number, spec: FactorySpec, marker: Token<object>): void {
    const dependencies = this.dependenciesOf(index);
    const lazies = spec.lazies.flatMap((number) => this.#longerLived(number, this.#specs.length, index));
    const inject = [
      marker,
      ...dependencies.map((other) => this.keys[other] as Token<Instance>),
      ...lazies.map((other) => lazy(this.keys[other] as Token<Instance>)),
    ];
    const key = this.keys[index] as Token<Instance>;
    const made = (args: readonly unknown[]): Instance => {
      const [scope, ...rest] = args as [object, ...unknown[]];
      const parts = rest.slice(0, dependencies.length) as Instance[];
      const later = rest.slice(dependencies.length, dependencies.length + lazies.length);
      return this.#begin(index, scope, parts, later as (() => Promise<unknown>)[]);
    };
    const common = {
      scope: levels[spec.level] ?? Scope.APP,
      inject,
      cached: spec.cached,
      eager: spec.eager,
      startTimeoutMs: index % 7 === 0 ? 5_000 : 1_000_000,
      ...(spec.release === 'none' || spec.build === 'generator'
        ? {}
        : { release: (value: Instance) => this.#release(value, spec) }),
    };
    const fault = this.#faults.get(index);
    if (spec.build === 'class' && fault === undefined) {
      // Returns what it notes instead of itself, so that the fast path for classes is under test too.
      const Made = function (this: unknown, ...args: unknown[]): Instance {
        return open(made(args));
      } as unknown as new (...args: unknown[]) => Instance;
      const open = (instance: Instance): Instance => this.#open(instance);
      this.provider.provide(key, { ...common, class: Made });
    } else if (spec.build === 'generator') {
      const build = (args: readonly unknown[]): Promise<Instance> =>
        this.#build(index, made(args), 'async', fault);
      const release = (value: Instance): Promise<void> | undefined => this.#release(value, spec);
      this.provider.provide(key, {
        ...common,
        create: async function* (...args: readonly unknown[]) {
          const value = await build(args);
          yield value;
          if (spec.release !== 'none') await release(value);
        },
      });
    } else {
      const kind = spec.build === 'async' ? 'async' : 'sync';
      const create = (...args: readonly unknown[]): Instance | Promise<Instance> => {
        const instance = made(args);
        if (kind === 'sync' && (fault === undefined || fault.startsWith('release')))
          return this.#open(instance);
        return this.#build(index, instance, kind, fault);
      };
      this.provider.provide(key, { ...common, create: create as () => Promise<Instance> });
    }
  }

  #begin(
    index: number,
    scope: object,
    parts: readonly Instance[],
    lazies: readonly (() => Promise<unknown>)[],
  ): Instance {
    for (const part of parts) {
      if (!part.isOpen) this.violations.push(`T${index} was given T${part.factory}, which was not open`);
    }
    if (this.#specs[index]?.cached === true) {
      const id = this.#identity(index, scope);
      if (this.#building.has(id)) this.violations.push(`T${index} was built twice in one scope`);
      this.#building.add(id);
    }
    return new Instance(index, scope, parts, lazies);
  }

  #identity(index: number, scope: object): string {
    let number = this.#scopes.get(scope);
    if (number === undefined) this.#scopes.set(scope, (number = this.#scopes.size));
    return `${number}:${index}`;
  }

  async #build(
    index: number,
    instance: Instance,
    kind: 'sync' | 'async',
    fault: Fault | undefined,
  ): Promise<Instance> {
    if (kind === 'async' || fault === 'rejects') await this.#work.wait();
    if (fault === 'throws' || fault === 'rejects') {
      this.#building.delete(this.#identity(index, instance.scope));
      throw new Error(`T${index} failed`);
    }
    if (fault === 'hangs') {
      await new Promise<void>((resolve) => this.#late.push(resolve));
      // It was given up: another may have been built in its place.
      this.#building.delete(this.#identity(index, instance.scope));
    }
    return this.#open(instance);
  }

  #open(instance: Instance): Instance {
    instance.isOpen = true;
    this.instances.push(instance);
    return instance;
  }

  #release(instance: Instance, spec: FactorySpec): Promise<void> | undefined {
    const name = `T${instance.factory}`;
    if (!this.instances.includes(instance))
      this.violations.push(`${name} was released without having been made`);
    instance.releases += 1;
    instance.isOpen = false;
    for (const dependant of this.#dependants(instance)) {
      const { release } = this.#specs[dependant.factory] ?? spec;
      if (release === 'none' || dependant.hasReleased) continue;
      if (this.#faults.get(dependant.factory) === 'release hangs' && dependant.releases > 0) continue;
      this.violations.push(`${name} was released before T${dependant.factory}, which depends on it`);
    }
    const fault = this.#faults.get(instance.factory);
    if (fault === 'release throws') {
      instance.hasReleased = true;
      throw new Error(`${name} failed to close`);
    }
    if (spec.release === 'sync' && fault === undefined) {
      instance.hasReleased = true;
      return undefined;
    }
    return this.#releaseLater(instance, fault);
  }

  async #releaseLater(instance: Instance, fault: Fault | undefined): Promise<void> {
    await this.#work.wait();
    if (fault === 'release hangs') await new Promise<void>((resolve) => this.#late.push(resolve));
    instance.hasReleased = true;
    if (fault === 'release rejects') throw new Error('failed to close');
  }

  /** All that were made of `instance`, directly or not. */
  #dependants(instance: Instance): readonly Instance[] {
    const found = new Set<Instance>([instance]);
    // Made in order: what depends on a thing comes after it.
    for (const other of this.instances) {
      if (other.parts.some((part) => found.has(part))) found.add(other);
    }
    found.delete(instance);
    return [...found];
  }

  /** What is wrong now that all has ended. */
  verdict(): readonly string[] {
    const unreleased = this.instances
      .filter(({ factory, releases }) => releases !== (this.#specs[factory]?.release === 'none' ? 0 : 1))
      .map(({ factory, releases }) => `T${factory} was released ${releases} times`);
    return [...this.violations, ...unreleased];
  }
}
