import { expect } from 'chai';
import { z } from 'zod';
import {
  defineEvent,
  KafkaPublisherProtocol,
  protocol,
  Provider,
  RedisClientProtocol,
  Scope,
} from '../../../src/index.js';
import { property, stub, testApplication } from '../../../src/testing/index.js';

interface Mailer {
  readonly from: string;
  send(to: string, text: string): Promise<string>;
  isOpen(): boolean;
}
const Mailer = protocol<Mailer>()('Mailer', ['from', 'send', 'isOpen']);

const redis = stub(RedisClientProtocol, { get: 'x', setex: new Error('away'), getUserChannel: () => 'c' });
const mailer = stub(Mailer, { from: property('desk@example.org'), isOpen: () => true });

// error: TS2322 Type 'number' is not assignable to type
export const wrongAnswer = stub(RedisClientProtocol, { get: 5 });

// error: TS2561 'gett' does not exist in type
export const unknownAnswer = stub(RedisClientProtocol, { gett: 'x' });

// error: TS2322 Type 'string' is not assignable to type
export const valueForSynchronous = stub(RedisClientProtocol, { getUserChannel: 'c' });

const joins = async (key: string, other: string): Promise<string> => key + other;
// error: TS2322 Target signature provides too few arguments
export const wrongParameters = stub(RedisClientProtocol, { get: joins });

// error: TS2554 Expected 2 arguments, but got 1
export const nothingToResolveTo = stub(Mailer);

// error: TS2345 Property 'isOpen' is missing
export const missingAnswer = stub(Mailer, { from: property('a') });

// error: TS2339 Property 'sent' does not exist on type
export const missingMember = mailer.sent;

// error: TS2554 Expected 2 arguments, but got 1
export const tooFewArguments = mailer.send('ada');

// error: TS2554 Expected 1 arguments, but got 2
export const tooManyArguments = redis.get('a', 'b');

// error: TS2345 Argument of type '7' is not assignable to parameter of type
export const wrongExpectation = redis.get.calledWith(7);

// error: TS2345 Argument of type 'number' is not assignable to parameter of type
export const wrongBehaviour = redis.get.resolves(7);

interface Desk {
  lastFailure(): Promise<Error | null>;
  greeter(): Promise<() => string>;
  isOpen?(): boolean;
  readonly name?: string;
}
const Desk = protocol<Desk>()('Desk', ['lastFailure', 'greeter', 'isOpen', 'name']);
export const desks = [
  stub(Desk),
  stub(Desk, { isOpen: () => true, name: property('a') }),
  stub(Desk, { lastFailure: () => Promise.resolve(new Error('a')), greeter: new Error('away') }),
  stub(Desk, { lastFailure: null, greeter: () => Promise.resolve(() => 'hello') }),
];

// error: TS2322 Type '() => string' is not assignable to type
export const functionForValue = stub(Desk, { greeter: () => 'hello' });

// error: TS2322 Type 'boolean' is not assignable to type
export const valueForOptional = stub(Desk, { isOpen: true });

const mails = new Provider('mails').provide(Mailer, { scope: Scope.APP, create: () => mailer });
export const right = testApplication([mails], { overrides: [[Mailer, mailer]] });

const publisher = stub(KafkaPublisherProtocol);
// error: TS2739 is missing the following properties from type 'Mailer': from, send, isOpen
export const wrongOverride = testApplication([mails], { overrides: [[Mailer, publisher]] });

const needsMailer = new Provider('needy').provide(KafkaPublisherProtocol, {
  scope: Scope.APP,
  inject: [Mailer],
  create: () => stub(KafkaPublisherProtocol),
});
// error: TS2741 Property ''missing providers'' is missing in type
export const missingProvider = testApplication([needsMailer]);

const Sent = defineEvent('SENT', { topic: 'mails', schema: z.object({ to: z.string() }), key: 'to' });
declare const app: Awaited<typeof right>;
expect(app).to.have.published(Sent).with({ to: 'ada' });

// error: TS2353 'from' does not exist in type
expect(app).to.have.published(Sent).with({ from: 'ada' });

// error: TS2322 Type 'number' is not assignable to type
expect(app).to.have.published(Sent, { to: 7 });

// error: TS2339 Property 'from' does not exist on type
export const untyped: string = app.published.single(Sent).event.data.from;
