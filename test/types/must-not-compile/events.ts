import { z } from 'zod';
import { createEnvelope, defineEvent, eventRegistry, parseEnvelope, upcastFrom } from '../../../src/index.js';

const schema = z.object({ id: z.string(), count: z.number(), label: z.string().optional() });
const Counted = defineEvent('counted.v1', { topic: 't', schema, key: 'id' });
const context = { sourceService: 's' };

createEnvelope(Counted, { id: 'a', count: 1 }, context);

// error: TS2769 Property 'count' is missing
createEnvelope(Counted, { id: 'a' }, context);

// error: TS2769 Type 'string' is not assignable to type 'number'
createEnvelope(Counted, { id: 'a', count: 'many' }, context);

// error: TS2769 Property 'sourceService' is missing
createEnvelope(Counted, { id: 'a', count: 1 }, {});

// error: TS2322 Type 'number' is not assignable to type 'string'
defineEvent('a', { topic: 't', schema, key: (data) => data.count });

// error: TS2339 Property 'other' does not exist
defineEvent('a', { topic: 't', schema, key: (data) => data.other });

// error: TS2322 Type '"count"' is not assignable to type
defineEvent('a', { topic: 't', schema, key: 'count' });

// error: TS2322 Type '"label"' is not assignable to type
defineEvent('a', { topic: 't', schema, key: 'label' });

// error: TS2741 Property 'key' is missing
defineEvent('a', { topic: 't', schema });

// error: TS2322 Type 'string' is not assignable to type 'number'
defineEvent('a', { topic: 't', schema, key: 'id', examples: [{ id: 'a', count: '1' }] });

// error: TS2339 Property 'other' does not exist
upcastFrom(Counted, (data) => data.other);

const event = eventRegistry([Counted]).parse(parseEnvelope(new Uint8Array()));

// error: TS2367 have no overlap
export const isOther = event.eventType === 'other';

// error: TS2339 Property 'other' does not exist
export const other = event.data.other;
