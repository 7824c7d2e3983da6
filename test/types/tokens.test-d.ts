import { expectTypeOf } from 'expect-type';
import {
  type ArgumentCounts,
  protocol,
  Scope,
  type Token,
  type TokenName,
  type TokenType,
  token,
} from '../../src/index.js';

interface Mailer {
  readonly sender: string;
  send(text: string): Promise<void>;
}

const plain = token<Mailer>()('Mailer');
const listed = protocol<Mailer>()('Mailer', ['send', 'sender']);
const counted = protocol<Mailer>()('Mailer', { send: 1, sender: 'property' });

expectTypeOf(plain).toEqualTypeOf<Token<Mailer, 'Mailer'>>();
expectTypeOf(listed).toEqualTypeOf<Token<Mailer, 'Mailer'>>();
expectTypeOf(counted).toEqualTypeOf<Token<Mailer, 'Mailer'>>();
expectTypeOf<TokenType<typeof plain>>().toEqualTypeOf<Mailer>();
expectTypeOf<TokenName<typeof plain>>().toEqualTypeOf<'Mailer'>();
expectTypeOf(plain).toExtend<Token<Mailer>>();
expectTypeOf(Scope.REQUEST).toEqualTypeOf<'REQUEST'>();

interface Signatures {
  none(): void;
  optional(a?: string): void;
  range(a: string, b?: string, c?: string): void;
  rest(a: string, ...others: string[]): void;
  maybe?(a: string): void;
  readonly value: string;
}
expectTypeOf<ArgumentCounts<Signatures>>().toEqualTypeOf<{
  readonly none: 0 | 'any';
  readonly optional: '0-1' | 'any';
  readonly range: '1-3' | 'any';
  readonly rest: '1+' | 'any';
  readonly maybe: 1 | 'any';
  readonly value: 'property';
}>();
