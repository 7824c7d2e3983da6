import type { DurableMessage, DurableSubscription, PubSubGap } from '../../src/index.js';

/** The first messages that a loop gets. */
export async function take<M extends DurableMessage>(
  subscription: AsyncIterable<M>,
  count: number,
): Promise<M[]> {
  const taken: M[] = [];
  for await (const message of subscription) if (taken.push(message) === count) break;
  return taken;
}

export function textsOf(messages: readonly DurableMessage[]): string[] {
  return messages.map(({ data }) => data);
}

/** The gaps and the messages that `listen()` gives, up to the message `last`. */
export async function listenTo<M extends DurableMessage>(
  subscription: DurableSubscription<M>,
  last: string,
  each: (message: M) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ readonly messages: string[]; readonly gaps: PubSubGap[] }> {
  const messages: string[] = [];
  const gaps: PubSubGap[] = [];
  for await (const event of subscription.listen()) {
    if (event.type === 'gap') gaps.push(event);
    if (event.type !== 'message') continue;
    await each(event);
    messages.push(event.data);
    if (event.data === last) break;
  }
  return { messages, gaps };
}

/** `count` numbers as text. */
export function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${from + index}`);
}

/** An entry added from then on has an id that none had before, even in a stream that is new. */
export async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise(setImmediate);
}
