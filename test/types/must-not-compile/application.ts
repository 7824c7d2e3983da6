import { Application, defineScopes, Provider, Scope, token } from '../../../src/index.js';

interface Clock {
  now(): number;
}
interface Mailer {
  send(text: string): Promise<void>;
}
const Clock = token<Clock>()('Clock');
const Mailer = token<Mailer>()('Mailer');
const User = token<string>()('User');

const mailer = { send: async (): Promise<void> => undefined };

const clocks = new Provider('clocks')
  .provide(Clock, { scope: Scope.APP, create: () => ({ now: () => 0 }) })
  .context(User, { scope: Scope.REQUEST });
const mailers = new Provider('mailers').provide(Mailer, {
  scope: Scope.APP,
  inject: [Clock],
  create: () => mailer,
});

export const whole = new Application([clocks, mailers], { overrides: [[Clock, { now: () => 1 }]] });

// error: TS2741 Property ''missing providers'' is missing in type 'Provider<"Mailer", "Clock">[]' but required in type '{ readonly 'missing providers': "Clock"; }'
export const lacking = new Application([mailers]);

// error: TS2741 Property ''missing providers'' is missing in type 'Provider<"Mailer", "Clock">[]' but required in type '{ readonly 'missing providers': "Clock"; }'
export const lackingToo = Application.start([mailers]);

// error: TS2741 Property 'send' is missing in type '{}' but required in type 'Mailer'
export const emptyStub = new Application([clocks, mailers], { overrides: [[Mailer, {}]] });

// error: TS2353 Object literal may only specify known properties, and 'now' does not exist in type 'Mailer'
export const wrongStub = new Application([clocks, mailers], { overrides: [[Mailer, { now: () => 1 }]] });

// error: TS2353 Object literal may only specify known properties, and 'later' does not exist in type 'Clock'
export const wrongRebind = whole.container.rebind(Clock).toConstantValue({ later: () => 1 });

// error: TS2322 Type 'number' is not assignable to type 'string'
export const wrongContext = whole.enter(Scope.REQUEST, [[User, 7]]);

// error: TS2322 Type 'number' is not assignable to type 'string'
export const wrongContextInside = whole.enter().enter(Scope.STEP, [[User, 7]]);

// error: TS2322 Type 'number' is not assignable to type 'string'
export const wrongOwnContext = new Application([clocks, mailers], { context: [[User, 7]] });

// error: TS2345 Argument of type '"REQEST"' is not assignable to parameter of type 'Scope | undefined'
export const wrongScope = whole.enter('REQEST');

const Jobs = defineScopes('SERVICE', 'JOB');
// error: TS2345 Argument of type '"REQUEST"' is not assignable to parameter of type '"JOB" | "SERVICE" | undefined'
export const otherScope = new Application([], { scopes: Jobs }).enter('REQUEST');

// error: TS2322 Type 'Clock' is not assignable to type 'string'
export const wrongUse: string = whole.getSync(Clock);
