import { protocol } from '../../../src/index.js';

interface Mailer {
  send(text: string): Promise<void>;
  close(): Promise<void>;
}

export const complete = protocol<Mailer>()('Mailer', ['send', 'close']);

// error: TS2741 'members missing from the list': "close"
export const missingMember = protocol<Mailer>()('Mailer', ['send']);

export const counted = protocol<Mailer>()('Mailer', { send: 1, close: 0 });

// error: TS2741 Property 'close' is missing in type
export const uncountedMember = protocol<Mailer>()('Mailer', { send: 1 });

// error: TS2322 Type '2' is not assignable to type '"any" | 1'
export const wrongCount = protocol<Mailer>()('Mailer', { send: 2, close: 0 });

// error: TS2353 'sent' does not exist in type 'ArgumentCounts<Mailer>'
export const unknownCount = protocol<Mailer>()('Mailer', { send: 1, close: 0, sent: 1 });

// error: TS2322 Type '"sent"' is not assignable to type '"close" | "send"'
export const unknownMember = protocol<Mailer>()('Mailer', ['send', 'close', 'sent']);
