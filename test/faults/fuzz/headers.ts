import {
  correlationContext,
  correlationIdAsString,
  extractUserId,
  headerEventId,
  idempotencyKey,
} from '../../../src/index.js';
import type { Result } from '../suite.js';
import { Random } from './random.js';

const ids = [
  '0b7f7175-9929-4941-852d-e77d146f3870',
  'urn:uuid:',
  '{',
  '}',
  '-',
  '0x',
  '_',
  ' ',
  'å',
  '٣',
  '😀',
  '\ud800',
  '\u0000',
  'a',
  'F',
  '7',
];
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Sets of headers with anything in them: ids come out well-formed, and nothing throws. */
export function headersSurvive(count: number, seed: number): Result {
  const random = new Random(seed + 1);
  let made = 0;
  for (let index = 0; index < count; index += 1) {
    const headers = {
      event_id: randomHeader(random),
      event_type: randomHeader(random),
      correlation: randomHeader(random),
      query: randomHeader(random),
    };
    try {
      const id = headerEventId(headers);
      const hasBoth = Boolean(headers.event_id) && Boolean(headers.event_type);
      check(hasBoth ? /^[0-9a-f]{64}$/.test(id ?? '') : id === undefined, 'the id');
      if (id !== undefined) {
        made += 1;
        const key = idempotencyKey({ serviceName: 'svc', eventType: headers.event_type ?? '', id });
        check(key.endsWith(`:${id}`), 'the key');
      }
      const context = correlationContext({ header: headers.correlation, query: headers.query });
      check(uuid.test(context.uuid), 'the correlation id');
      check(context.original === (headers.correlation || headers.query || context.original), 'the original');
      check(correlationIdAsString(headers.correlation) === headers.correlation, 'the text');
      check(extractUserId(headers) === undefined, 'the user');
    } catch (error) {
      return {
        id: 'fuzz.headers',
        ok: false,
        seed,
        index,
        error: String(error),
        input: JSON.stringify(headers),
      };
    }
  }
  return { id: 'fuzz.headers', ok: made > 0, inputs: count, made, seed };
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Wrong: ${what}.`);
}

function randomHeader(random: Random): string | undefined {
  if (random.once(5)) return undefined;
  if (random.once(4)) return random.pick(ids);
  return random
    .some(40, () => random.pick(ids))
    .join('')
    .slice(0, random.below(60));
}
