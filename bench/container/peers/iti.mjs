import { createContainer } from 'iti';

/** A second container for each scope, which takes what it needs from the root: iti has no child containers. */
export default function iti({ Clock, Repository, Service, sink }) {
  const root = createContainer().add({ clock: () => new Clock(), repository: () => new Repository() });

  function open() {
    return createContainer()
      .add({ service: () => new Service(root.get('clock'), root.get('repository')) })
      .addDisposer({ service: (service) => service.dispose() });
  }

  return {
    name: 'iti',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        const scope = open();
        sink.value = scope.get('service');
        await scope.disposeAll();
      }
    },
    async askTwice() {
      const scope = open();
      const both = [scope.get('service'), scope.get('service')];
      await scope.disposeAll();
      return both;
    },
    stop: () => root.disposeAll(),
  };
}
