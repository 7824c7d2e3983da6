import { z } from 'zod';
import {
  createEnvelope,
  defineEvent,
  type EventEnvelope,
  eventRegistry,
  float,
  parseEnvelope,
  SlipwayError,
} from '../../../src/index.js';
import type { Random } from '../fuzz/random.js';
import { randomJson, randomObject, randomString } from '../fuzz/random-json.js';

export const gradedTopic = 'interop-graded';
export const anyTopic = 'interop-anything';

/** The event that original.py has as a model of pydantic, in a topic of one's own. */
export function defineGraded(topic: string) {
  return defineEvent('interop.essay.graded.v1', {
    topic,
    schema: z.object({
      essay_id: z.string(),
      score: float(),
      weights: z.array(float()),
      words: z.int(),
      graded_at: z.iso.datetime(),
      comment: z.string().nullable(),
      marks: z.record(z.string(), float()),
    }),
    key: 'essay_id',
  });
}

const EssayGraded = defineGraded(gradedTopic);

export const registry = eventRegistry([EssayGraded]);

export interface Outgoing {
  readonly envelope: EventEnvelope;
  /** Absent: the registry knows. */
  readonly to?: { readonly key: string };
  readonly headers: Readonly<Record<string, string>>;
}

export function someEvent(random: Random): Outgoing {
  const headers = random.once(3) ? { 'x-note': someText(random), traceparent: someTrace(random) } : {};
  if (random.once(2)) return { envelope: someGraded(random), headers };
  return { envelope: someAnything(random), to: { key: random.once(4) ? '' : someText(random) }, headers };
}

function someGraded(random: Random): EventEnvelope {
  const score = random.pick([0, 85, 85.5, 1e-7, 1e16, -0, 0.1]);
  const data = {
    essay_id: someText(random),
    score,
    weights: [score, random.below(10), random.below(1000) / 7],
    words: random.below(10_000),
    graded_at: new Date(random.below(2_000_000_000) * 1000).toISOString().replace('.000', ''),
    comment: random.pick([null, someText(random)]),
    marks: { [someText(random)]: random.below(6), [someText(random)]: 1 / (1 + random.below(9)) },
  };
  return createEnvelope(EssayGraded, data, { sourceService: 'interop' });
}

/** Any JSON as data, as it would have come from somebody else. */
function someAnything(random: Random): EventEnvelope {
  for (;;) {
    const time = `2025-07-${10 + random.below(20)}T14:47:20${random.pick(['', '.5', '.418173'])}Z`;
    const metadata = random.pick(['null', '{}', randomObject(random, 2)]);
    const text =
      `{"event_type": "interop.anything.v1", "event_timestamp": "${time}", "source_service": ${randomString(random)}, ` +
      `"data": ${randomJson(random)}, "metadata": ${metadata}}`;
    try {
      return parseEnvelope(Buffer.from(text));
    } catch (error) {
      // Halves of surrogate pairs and the like: no event of the original either.
      if (!SlipwayError.is(error)) throw error;
    }
  }
}

function someText(random: Random): string {
  return Array.from({ length: 1 + random.below(10) }, () =>
    random.pick([...'aB1 _"\\/\nåß漢😀\u2028\u007f']),
  ).join('');
}

function someTrace(random: Random): string {
  const hex = (length: number): string =>
    `1${Array.from({ length: length - 1 }, () => random.below(16).toString(16)).join('')}`;
  return `00-${hex(32)}-${hex(16)}-01`;
}
