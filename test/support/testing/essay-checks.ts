import { z } from 'zod';
import {
  consume,
  createEnvelope,
  defineEvent,
  type EventEnvelope,
  events,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  Provider,
  RedisPubSubProtocol,
} from '../../../src/index.js';

const essay = { essay: z.string() };
export const HandedIn = defineEvent('HANDED_IN', { topic: 'essays', key: 'essay', schema: z.object(essay) });
export const Checked = defineEvent('CHECKED', {
  topic: 'checks',
  key: 'essay',
  schema: z.object({
    ...essay,
    words: z.int(),
    at: z.codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    }),
  }),
});

export function handedIn(name: string): EventEnvelope {
  return createEnvelope(HandedIn, { essay: name }, { sourceService: 'test' });
}

/** A service that checks what is handed in, and tells the user of what it checked: two events in turn. */
export function essayChecks() {
  return new Provider('essay-checks').include(
    infrastructure(loadSettings({ SERVICE_NAME: 'checks' })),
    events([HandedIn, Checked]),
    consume(HandedIn, async ({ data }, { scope }) => {
      if (data.essay === 'unreadable') throw new Error('cannot be read');
      const kafka = await scope.get(KafkaPublisherProtocol);
      const result = { essay: data.essay, words: 3, at: '2026-11-22T00:00:00.000Z' };
      await kafka.publishEvent(createEnvelope(Checked, result, { sourceService: 'checks' }));
    }),
    consume(Checked, async ({ data }, { scope }) => {
      const pubsub = await scope.get(RedisPubSubProtocol);
      await pubsub.publishUserNotification('ada', 'checked', { essay: data.essay, words: data.words });
    }),
  );
}
