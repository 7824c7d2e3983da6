// eslint-disable-next-line import/no-unassigned-import -- tsyringe looks for what it adds to Reflect
import 'reflect-metadata/lite';
import { Lifecycle, container, inject, injectable } from 'tsyringe';

/** A child container for each scope; it calls `dispose()` on what it made. */
export default function tsyringe({ Clock, Repository, Service, sink }) {
  // What its decorators and the compiler's metadata come to.
  Reflect.defineMetadata('design:paramtypes', [Clock, Repository], Service);
  inject(Clock)(Service, undefined, 0);
  inject(Repository)(Service, undefined, 1);
  injectable()(Service);

  const root = container.createChildContainer();
  root.registerSingleton(Clock);
  root.registerSingleton(Repository);
  root.register(Service, { useClass: Service }, { lifecycle: Lifecycle.ContainerScoped });

  return {
    name: 'tsyringe',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        const child = root.createChildContainer();
        sink.value = child.resolve(Service);
        await child.dispose();
      }
    },
    async askTwice() {
      const child = root.createChildContainer();
      const both = [child.resolve(Service), child.resolve(Service)];
      await child.dispose();
      return both;
    },
    stop: async () => root.dispose(),
  };
}
