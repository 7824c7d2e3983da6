import { type Token, token } from '../../../src/index.js';

interface Clock {
  now(): number;
}
interface Random {
  next(): number;
}

declare function make<T>(key: Token<T>, create: () => NoInfer<T>): void;

const clock = token<Clock>()('Clock');

make(clock, () => ({ now: () => 0 }));

// error: TS2741 Property 'now' is missing
make(clock, () => ({}));

// error: TS2375 Type 'Token<Clock, "Clock">' is not assignable to type 'Token<Random, "Random">'
export const random: Token<Random, 'Random'> = clock;
