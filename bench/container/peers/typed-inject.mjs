import { createInjector } from 'typed-inject';

/** A child injector for each scope; it calls `dispose()` on what it made. */
export default function typedInject({ Clock, Repository, Service, sink }) {
  const createService = (clock, repository) => new Service(clock, repository);
  createService.inject = ['clock', 'repository'];
  const root = createInjector().provideClass('clock', Clock).provideClass('repository', Repository);

  return {
    name: 'typed-inject',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        const child = root.provideFactory('service', createService);
        sink.value = child.resolve('service');
        await child.dispose();
      }
    },
    async askTwice() {
      const child = root.provideFactory('service', createService);
      const both = [child.resolve('service'), child.resolve('service')];
      await child.dispose();
      return both;
    },
    stop: () => root.dispose(),
  };
}
