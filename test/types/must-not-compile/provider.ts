import { all, lazy, optional, Provider, Scope, token } from '../../../src/index.js';

interface Clock {
  now(): number;
}
interface Mailer {
  send(text: string): Promise<void>;
}
const Clock = token<Clock>()('Clock');
const Mailer = token<Mailer>()('Mailer');
const Port = token<number>()('Port');
const Service = token<Mailer>()('Service');

const provider = new Provider('p');

class Letters implements Mailer {
  constructor(
    readonly clock: Clock,
    readonly port: number,
  ) {}
  async send(): Promise<void> {}
}

provider.provide(Service, {
  scope: Scope.APP,
  inject: [Clock, Port],
  create: (clock: Clock, port: number) => new Letters(clock, port),
});

provider.provide(Service, {
  scope: Scope.APP,
  inject: [Port, Clock],
  // error: TS2769 Type 'number' is not assignable to type 'Clock'
  create: (clock: Clock, port: number) => new Letters(clock, port),
});

provider.provide(Service, {
  scope: Scope.APP,
  inject: [Clock],
  // error: TS2769 Type 'BuildContext' is not assignable to type 'number'
  create: (clock: Clock, port: number) => new Letters(clock, port),
});

provider.provide(Service, { scope: Scope.APP, inject: [Clock, Port], class: Letters });

// error: TS2769 Type 'Token<Clock, "Clock">' is not assignable to type 'undefined'
// error: TS2769 Type 'Token<number, "Port">' is not assignable to type 'undefined'
provider.provide(Service, { scope: Scope.APP, inject: [Port, Clock], class: Letters });

// error: TS2769 Type 'Token<Clock, "Clock">' is not assignable to type 'undefined'
provider.provide(Service, { scope: Scope.APP, inject: [Clock], class: Letters });

provider.provideClass(Letters, { scope: Scope.APP, inject: [Clock, Port] });

// error: TS2769 Type 'number' is not assignable to type 'Clock'
provider.provideClass(Letters, { scope: Scope.APP, inject: [Port, Clock] });

// error: TS2769 Type '{}' is not assignable to type 'Creation<NoInfer<Clock>>'
provider.provide(Clock, { scope: Scope.APP, create: () => ({}) });

// error: TS2769 Type 'string' is not assignable to type 'number'
provider.provide(Clock, { scope: Scope.APP, create: async () => ({ now: () => 'noon' }) });

provider.provide(Clock, {
  scope: Scope.APP,
  // error: TS2769 Property 'now' is missing in type '{ later: () => number; }' but required in type 'Clock'
  create: function* () {
    yield { later: () => 0 };
  },
});

provider.provide(Clock, {
  scope: Scope.APP,
  // error: TS2769 Type 'number' is not assignable to type 'Clock'
  create: async function* () {
    yield 7;
  },
});

// error: TS2769 'class' does not exist in type
provider.provide(Clock, { scope: Scope.APP, class: Letters });

// error: TS2769 'value' does not exist in type
provider.provide(Clock, { value: {} });

// error: TS2769 Property 'scope' is missing
provider.provide(Clock, { create: () => ({ now: () => 0 }) });

provider.provide(Clock, {
  scope: Scope.APP,
  create: () => ({ now: () => 0 }),
  // error: TS2769 Property 'send' is missing in type '{ now: () => number; }' but required in type 'Mailer'
  release: (mailer: Mailer) => mailer.send(''),
});

// error: TS2379 Property 'now' is missing in type 'Mailer' but required in type 'Clock'
provider.alias(Clock, Mailer);

// error: TS2322 Type '{}' is not assignable to type 'Creation<NoInfer<Clock>>'
provider.decorate(Clock, { create: () => ({}) });

// error: TS2322 Property 'send' is missing in type 'Clock' but required in type 'Mailer'
provider.decorate(Clock, { create: (inner: Mailer) => inner });

provider.provide(Service, {
  scope: Scope.APP,
  inject: [optional(Clock)],
  // error: TS2769 Type 'undefined' is not assignable to type 'Clock'
  create: (clock: Clock) => new Letters(clock, 0),
});

provider.provide(Service, {
  scope: Scope.APP,
  inject: [lazy(Clock)],
  // error: TS2769 Type '() => Promise<Clock>' is not assignable to type 'Clock'
  create: (clock: Clock) => new Letters(clock, 0),
});

// error: TS2769 Type 'readonly number[]' is not assignable to type 'number'
provider.provide(Port, { scope: Scope.APP, inject: [all(Port)], create: (port: number) => port });

export {};
