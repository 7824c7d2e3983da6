import { expectTypeOf } from 'expect-type';
import { z } from 'zod';
import {
  createEnvelope,
  type DataOf,
  defineEvent,
  type EventDefinition,
  type EventEnvelope,
  type EventOf,
  type EventRegistry,
  eventRegistry,
  upcastFrom,
} from '../../src/index.js';

const Created = defineEvent('content.created.v1', {
  topic: 't',
  schema: z.object({ id: z.string(), tags: z.array(z.string()).default([]) }),
  key: 'id',
});
const Closed = defineEvent('closed', {
  topic: 't',
  schema: z.object({ count: z.number() }),
  key: (data) => {
    expectTypeOf(data).toEqualTypeOf<{ count: number }>();
    return String(data.count);
  },
  upcast: {
    1: (data) => {
      expectTypeOf(data).toBeUnknown();
      return data;
    },
    2: upcastFrom(Created, (data) => {
      expectTypeOf(data).toEqualTypeOf<{ id: string; tags: string[] }>();
      return { count: data.tags.length };
    }),
  },
  version: 3,
});

type CreatedData = { id: string; tags: string[] };
expectTypeOf(Created).toEqualTypeOf<
  EventDefinition<'content.created.v1', CreatedData, { id: string; tags?: string[] | undefined }>
>();
expectTypeOf<DataOf<typeof Created>>().toEqualTypeOf<CreatedData>();
expectTypeOf<EventOf<typeof Created>>().toEqualTypeOf<EventEnvelope<CreatedData, 'content.created.v1'>>();

const created = createEnvelope(Created, { id: 'a' }, { sourceService: 's' });
expectTypeOf(created).toEqualTypeOf<EventEnvelope<CreatedData, 'content.created.v1'>>();
expectTypeOf(created).toExtend<EventEnvelope>();
expectTypeOf(createEnvelope('text', { a: 1 }, { sourceService: 's' })).toEqualTypeOf<
  EventEnvelope<{ a: number }>
>();

const registry = eventRegistry([Created, Closed]);
expectTypeOf(registry).toExtend<EventRegistry>();

/** The type of an event tells which data it has. */
export function read(envelope: EventEnvelope): number {
  const event = registry.parse(envelope);
  if (event.eventType === 'closed') return event.data.count;
  expectTypeOf(event.data).toEqualTypeOf<CreatedData>();
  return event.data.tags.length;
}
