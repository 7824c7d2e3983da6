import { Scope } from '@nestjs/common';
import { ContextIdFactory, NestFactory } from '@nestjs/core';

/** A context id for each scope. Nest releases nothing at the end of a request: that is done by hand here. */
export default async function nest({ Clock, Repository, Service, sink }) {
  // eslint-disable-next-line typescript/no-extraneous-class -- Nest tells modules apart by their classes
  class Root {}
  const module = {
    module: Root,
    providers: [
      { provide: Clock, useFactory: () => new Clock() },
      { provide: Repository, useFactory: () => new Repository() },
      {
        provide: Service,
        scope: Scope.REQUEST,
        inject: [Clock, Repository],
        useFactory: (clock, repository) => new Service(clock, repository),
      },
    ],
  };
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });

  return {
    name: 'nest',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        const service = await app.resolve(Service, ContextIdFactory.create());
        sink.value = service;
        service.dispose();
      }
    },
    async askTwice() {
      const id = ContextIdFactory.create();
      const both = [await app.resolve(Service, id), await app.resolve(Service, id)];
      both[0].dispose();
      return both;
    },
    stop: () => app.close(),
  };
}
