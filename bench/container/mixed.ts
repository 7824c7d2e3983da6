import { Application, Provider, Scope } from '../../src/index.js';
import type { Contestant } from './contestant.js';
import { Clock, Repository, Service, sink } from './subjects.js';

/** A class of its own with each call. */
function serviceClass(): typeof Service {
  return class extends Service {};
}

/** A power of two. */
const count = 16;

/**
 * Services of many classes in turn, as in an application of many handlers: a container's code runs for all of them and
 * cannot be compiled for one, where a scope class written by hand has code of its own.
 */
export async function mixedClasses(): Promise<Contestant> {
  const provider = new Provider('mixed')
    .provideClass(Clock, { scope: Scope.APP, inject: [] })
    .provideClass(Repository, { scope: Scope.APP, inject: [] });
  const classes = Array.from({ length: count }, serviceClass);
  for (const each of classes) {
    provider.provideClass(each, {
      scope: Scope.REQUEST,
      inject: [Clock, Repository],
      release: (service) => service.dispose(),
    });
  }
  const app = await Application.start([provider]);
  return {
    name: 'slipway',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        using scope = app.enter(Scope.REQUEST);
        sink.value = scope.getSync(classes[left & (count - 1)] as typeof Service);
      }
    },
    askTwice() {
      using scope = app.enter(Scope.REQUEST);
      return [scope.getSync(classes[0] as typeof Service), scope.getSync(classes[0] as typeof Service)];
    },
    stop: () => app.stop(),
  };
}
