import { createContainer, injected, token } from 'brandi';

/** A container that extends the root's for each scope. brandi releases nothing: that is done by hand here. */
export default function brandi({ Clock, Repository, Service, sink }) {
  const tokens = { clock: token('clock'), repository: token('repository'), service: token('service') };
  injected(Service, tokens.clock, tokens.repository);
  const root = createContainer();
  root.bind(tokens.clock).toInstance(Clock).inSingletonScope();
  root.bind(tokens.repository).toInstance(Repository).inSingletonScope();
  root.bind(tokens.service).toInstance(Service).inContainerScope();

  return {
    name: 'brandi',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        const service = createContainer().extend(root).get(tokens.service);
        sink.value = service;
        service.dispose();
      }
    },
    askTwice() {
      const child = createContainer().extend(root);
      const both = [child.get(tokens.service), child.get(tokens.service)];
      both[0].dispose();
      return both;
    },
  };
}
