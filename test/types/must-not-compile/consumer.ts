import { z } from 'zod';
import {
  Application,
  consume,
  defineEvent,
  type EventHandler,
  type EventOf,
  infrastructure,
  loadSettings,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';

const Graded = defineEvent('essay.graded.v1', {
  topic: 'grades',
  schema: z.object({ essay_id: z.string(), grade: z.string() }),
  key: 'essay_id',
});
type Publish = EventHandler<EventOf<typeof Graded>>;
const Publish = token<Publish>()('Publish');
const Counted = defineEvent('counted.v1', {
  topic: 'counts',
  schema: z.object({ count: z.int() }),
  key: null,
});
const Counting = token<EventHandler<EventOf<typeof Counted>>>()('Counting');

const infra = infrastructure(loadSettings());
const publishing = new Provider('publishing').provide(Publish, {
  scope: Scope.REQUEST,
  create: () => ({ handle: () => undefined }),
});

export const whole = new Application([infra, publishing, consume(Graded, Publish)]);
export const included = new Application([infra, publishing.include(consume(Graded, Publish))]);
export const byFunction = new Application([infra, consume(Graded, ({ data }) => void data.grade)]);
export const ofTopic = new Application([infra, consume('grades', ({ eventType }) => void eventType)]);

// error: TS2741 required in type '{ readonly 'missing providers': "Publish"; }'
export const lacking = new Application([infra, consume(Graded, Publish)]);

// error: TS2741 required in type '{ readonly 'missing providers': "Publish"; }'
export const lackingToo = Application.start([infra, new Provider('all').include(consume(Graded, Publish))]);

// error: TS2345 Argument of type 'Token<EventHandler<EventEnvelope<{ count: number; }, "counted.v1">>, "Counting">' is not assignable
export const wrongEvent = consume(Graded, Counting);

// error: TS2339 Property 'points' does not exist on type '{ essay_id: string; grade: string; }'
export const wrongField = consume(Graded, ({ data }) => void data.points);
