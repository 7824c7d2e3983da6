import { expectTypeOf } from 'expect-type';
import {
  all,
  Application,
  type BuildContext,
  defineScopes,
  Inject,
  lazy,
  named,
  type OpenScope,
  optional,
  type Outcome,
  Provider,
  type Scope,
  skipped,
  type Token,
  token,
} from '../../src/index.js';

interface Clock {
  now(): number;
}
interface Mailer {
  send(text: string): Promise<void>;
}
const Clock = token<Clock>()('Clock');
const Mailer = token<Mailer>()('Mailer');
const Port = token<number>()('Port');

class Smtp implements Mailer {
  constructor(@Inject(Clock) readonly clock: Clock) {}
  async send(): Promise<void> {}
  async close(): Promise<void> {}
}

const provider = new Provider('p');

// create gets what is injected, in order, and then its context; release gets what create gave, not only the token's type.
provider.provide(Mailer, {
  scope: 'APP',
  inject: [Clock, Port, optional(Clock), lazy(Port), all(Clock), named(Clock, 'utc')],
  create: (...args) => {
    expectTypeOf(args).toEqualTypeOf<
      [
        Clock,
        number,
        Clock | undefined,
        () => Promise<number>,
        readonly Clock[],
        Clock,
        context: BuildContext,
      ]
    >();
    return new Smtp(args[0]);
  },
  release: (smtp, outcome) => {
    expectTypeOf(smtp).toEqualTypeOf<Smtp>();
    expectTypeOf(outcome).toEqualTypeOf<Outcome>();
  },
});

provider.provide(Mailer, {
  scope: 'APP',
  inject: [Clock],
  create: async (clock) => new Smtp(clock),
  release: (smtp) => {
    expectTypeOf(smtp).toEqualTypeOf<Smtp>();
    return smtp.close();
  },
});

provider.provide(Mailer, {
  scope: 'APP',
  create: ({ signal }) => {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return new Smtp({ now: () => 0 });
  },
});

provider.provide(Mailer, {
  scope: 'APP',
  inject: [Clock],
  create: function* (clock) {
    const outcome: Outcome = yield new Smtp(clock);
    expectTypeOf(outcome.error).toEqualTypeOf<unknown>();
  },
});

provider.provide(Mailer, {
  scope: 'APP',
  inject: [Clock],
  create: async function* (clock) {
    const outcome: Outcome = yield new Smtp(clock);
    expectTypeOf(outcome.error).toEqualTypeOf<unknown>();
  },
});

provider.decorate(Mailer, {
  inject: [Port],
  create: (inner, port, context) => {
    expectTypeOf(inner).toEqualTypeOf<Mailer>();
    expectTypeOf(port).toEqualTypeOf<number>();
    expectTypeOf(context).toEqualTypeOf<BuildContext>();
    return inner;
  },
});

// A provider knows by name what it provides and what it needs.
expectTypeOf(
  new Provider('p').provide(Mailer, {
    scope: 'APP',
    inject: [Clock, optional(Port), lazy(Port), all(Port)],
    class: Many,
  }),
).toEqualTypeOf<Provider<'Mailer', 'Clock' | 'Port'>>();
expectTypeOf(new Provider('p').provide(Mailer, { scope: 'APP', class: Smtp })).toEqualTypeOf<
  Provider<'Mailer'>
>();
expectTypeOf(new Provider('p').provideClass(Smtp, { scope: 'APP', inject: [Clock] })).toEqualTypeOf<
  Provider<never, 'Clock'>
>();
expectTypeOf(new Provider('p').provideClass(Smtp, { scope: 'APP' })).toEqualTypeOf<Provider>();
expectTypeOf(new Provider('p').alias(named(Clock, 'utc'), Clock)).toEqualTypeOf<
  Provider<'Clock(utc)', 'Clock'>
>();
expectTypeOf(new Provider('p').context(Port, { scope: 'REQUEST' })).toEqualTypeOf<Provider<'Port'>>();
expectTypeOf(
  new Provider('p').include(
    new Provider('a').provide(Port, { value: 1 }),
    new Provider('b').provide(Clock, { scope: 'APP', inject: [Port], create: () => ({ now: () => 0 }) }),
  ),
).toEqualTypeOf<Provider<'Port' | 'Clock', 'Port'>>();

declare class Many implements Mailer {
  constructor(clock: Clock, port: number | undefined, later: () => Promise<number>, ports: readonly number[]);
  send(text: string): Promise<void>;
}

const app = new Application([
  new Provider('p').provide(Port, { value: 1 }).provide(Clock, { value: { now: () => 0 } }),
]);
expectTypeOf(app.getSync(Port)).toEqualTypeOf<number>();
expectTypeOf(app.get(Clock)).resolves.toEqualTypeOf<Clock>();
expectTypeOf(app.get(optional(Clock))).resolves.toEqualTypeOf<Clock | undefined>();
expectTypeOf(app.container.get(Clock)).toEqualTypeOf<Clock>();
expectTypeOf(app.enter('REQUEST')).toEqualTypeOf<OpenScope>();
expectTypeOf<Parameters<typeof app.enter>[0]>().toEqualTypeOf<Scope | undefined>();
expectTypeOf(app.runInScope('REQUEST', [], (scope) => scope.get(Port))).resolves.toEqualTypeOf<number>();
expectTypeOf(app.start()).resolves.toEqualTypeOf<typeof app>();

const Jobs = defineScopes('SERVICE', skipped('TENANT'), 'JOB');
expectTypeOf(Jobs.TENANT).toEqualTypeOf<'TENANT'>();
const jobs = new Application([], { scopes: Jobs });
expectTypeOf<Parameters<typeof jobs.enter>[0]>().toEqualTypeOf<'SERVICE' | 'TENANT' | 'JOB' | undefined>();

expectTypeOf(named(Clock, 'utc')).toEqualTypeOf<Token<Clock, 'Clock(utc)'>>();
expectTypeOf(all(Clock)).toEqualTypeOf<Token<readonly Clock[], 'Clock[]'>>();
