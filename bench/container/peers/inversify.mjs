import { Container } from 'inversify';

/** A child container for each scope: inversify has no other scope that ends. */
export default function inversify({ Clock, Repository, Service, sink }) {
  const root = new Container();
  root
    .bind(Clock)
    .toResolvedValue(() => new Clock())
    .inSingletonScope();
  root
    .bind(Repository)
    .toResolvedValue(() => new Repository())
    .inSingletonScope();

  function open() {
    const child = new Container({ parent: root });
    child
      .bind(Service)
      .toResolvedValue((clock, repository) => new Service(clock, repository), [Clock, Repository])
      .inSingletonScope()
      .onDeactivation((service) => service.dispose());
    return child;
  }

  return {
    name: 'inversify',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        const child = open();
        sink.value = child.get(Service);
        child.unbindAll();
      }
    },
    askTwice() {
      const child = open();
      const both = [child.get(Service), child.get(Service)];
      child.unbindAll();
      return both;
    },
  };
}
