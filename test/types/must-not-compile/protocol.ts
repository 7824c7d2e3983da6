import { protocol } from '../../../src/index.js';

interface Mailer {
  send(text: string): Promise<void>;
  close(): Promise<void>;
}

export const complete = protocol<Mailer>()('Mailer', ['send', 'close']);

// error: TS2741 'members missing from the list': "close"
export const missingMember = protocol<Mailer>()('Mailer', ['send']);

// error: TS2322 Type '"sent"' is not assignable to type '"close" | "send"'
export const unknownMember = protocol<Mailer>()('Mailer', ['send', 'close', 'sent']);
