import { Application, Provider, Scope } from '../../src/index.js';
import type { Contender } from '../measure/race.js';
import { Clock, Repository, sink, tally } from './subjects.js';

// Each has code of its own, as in an application: classes made in a loop would share it.
class PlaceOrder {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class CancelOrder {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class ShipOrder {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class RefundOrder {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class ListOrders {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class FindOrder {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class MergeOrders {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}
class SplitOrder {
  constructor(
    readonly clock: Clock,
    readonly repository: Repository,
  ) {}
}

/** A power of two of them. */
const classes = [
  PlaceOrder,
  CancelOrder,
  ShipOrder,
  RefundOrder,
  ListOrders,
  FindOrder,
  MergeOrders,
  SplitOrder,
] as const;

/**
 * Services of several classes in turn, as in an application of several handlers: a container's code runs for all of
 * them and cannot be compiled for one, where a scope class written by hand has code of its own.
 * @throws Error if a scope gives the wrong object.
 */
export async function mixedClasses(): Promise<Contender & { readonly stop: () => Promise<void> }> {
  const provider = new Provider('mixed')
    .provideClass(Clock, { scope: Scope.APP, inject: [] })
    .provideClass(Repository, { scope: Scope.APP, inject: [] });
  for (const each of classes) {
    provider.provideClass(each, { scope: Scope.REQUEST, inject: [Clock, Repository], release });
  }
  const app = await Application.start([provider]);
  for (const each of classes) {
    using scope = app.enter(Scope.REQUEST);
    const { constructor, clock } = scope.getSync(each);
    if (constructor !== each || clock !== app.getSync(Clock)) throw new Error(`${each.name} was made wrong.`);
  }
  return {
    name: 'slipway',
    run(times) {
      const before = tally.disposed;
      for (let left = times; left > 0; left -= 1) {
        using scope = app.enter(Scope.REQUEST);
        sink.value = scope.getSync(classes[left & (classes.length - 1)] as typeof PlaceOrder);
      }
      if (tally.disposed - before !== times) throw new Error('A service was not released.');
    },
    stop: () => app.stop(),
  };
}

function release(): void {
  tally.disposed += 1;
}
