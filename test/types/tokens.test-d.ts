import { expectTypeOf } from 'expect-type';
import { protocol, Scope, type Token, type TokenName, type TokenType, token } from '../../src/index.js';

interface Mailer {
  readonly sender: string;
  send(text: string): Promise<void>;
}

const plain = token<Mailer>()('Mailer');
const listed = protocol<Mailer>()('Mailer', ['send', 'sender']);

expectTypeOf(plain).toEqualTypeOf<Token<Mailer, 'Mailer'>>();
expectTypeOf(listed).toEqualTypeOf<Token<Mailer, 'Mailer'>>();
expectTypeOf<TokenType<typeof plain>>().toEqualTypeOf<Mailer>();
expectTypeOf<TokenName<typeof plain>>().toEqualTypeOf<'Mailer'>();
expectTypeOf(plain).toExtend<Token<Mailer>>();
expectTypeOf(Scope.REQUEST).toEqualTypeOf<'REQUEST'>();
