import { expect } from 'chai';
import { z } from 'zod';
import {
  createEnvelope,
  defineEvent,
  encodeEnvelope,
  type EventEnvelope,
  eventRegistry,
  parseEnvelope,
} from '../../../src/index.js';
import {
  BatchClosed,
  ContentCreated,
  ContentCreatedV1,
  contentEvents as registry,
  Ticked,
} from '../../support/content-events.js';
import { thrown } from '../../support/thrown.js';

const context = { sourceService: 'desk' };

/** An envelope as it was read: of any type, with data that nothing has checked. */
function received(eventType: string, data: unknown, schemaVersion = 1): EventEnvelope {
  return parseEnvelope(encodeEnvelope(createEnvelope(eventType, data, { ...context, schemaVersion })));
}

function fail(): never {
  throw new SyntaxError('in the codec');
}

/** An upcaster that leaves its mark. */
function add(letter: string) {
  return (data: unknown): unknown => `${String(data)}${letter}`;
}

/** A version of an event that reads all before it. */
function numbered(version: number) {
  const older = Array.from({ length: version - 1 }, (_, index) => [index + 1, add('')] as const);
  const upcast = Object.fromEntries(older);
  return defineEvent(`n.v${version}`, { topic: 't', schema: z.unknown(), key: null, upcast });
}

describe('eventRegistry', () => {
  it('refuses two events of one type', () => {
    const other = defineEvent('ticked', { topic: 'other', schema: z.null(), key: null });
    const error = thrown(() => eventRegistry([Ticked, other]));
    expect(error).to.include({ code: 'SLIPWAY_EVENT_DEFINITION' });
    expect(error.message).to.contain("'ticked'");
    expect(thrown(() => eventRegistry([Ticked, Ticked])).code).to.equal('SLIPWAY_EVENT_DEFINITION');
  });

  it('lists its events and finds them by type', () => {
    expect(registry.events).to.deep.equal([ContentCreated, BatchClosed, Ticked]);
    expect(registry.get('BATCH_CLOSED')).to.equal(BatchClosed);
    expect(registry.get('content.created.v1')).to.equal(undefined);
    expect(registry.get('toString')).to.equal(undefined);
  });

  describe('topicName', () => {
    it('gives the topic of a type', () => {
      expect(registry.topicName('content.created.v2')).to.equal('content-events');
    });

    it('lists the types that are registered, and names the nearest', () => {
      const error = thrown(() => registry.topicName('content.craeted.v2'));
      expect(error).to.include({ code: 'SLIPWAY_EVENT_UNKNOWN', retryable: false });
      expect(error.rawMessage).to.equal(
        "No event of type 'content.craeted.v2' is registered. Did you mean 'content.created.v2'? " +
          'Registered are: BATCH_CLOSED, content.created.v2, ticked.',
      );
      expect(thrown(() => registry.topicName('zzz')).rawMessage).to.not.contain('Did you mean');
      expect(thrown(() => eventRegistry([]).topicName('a')).rawMessage).to.contain('None is.');
    });
  });

  describe('route', () => {
    it('gives topic and key', () => {
      const created = createEnvelope(ContentCreated, { essay_id: 'e1', title: 't' }, context);
      expect(registry.route(created)).to.deep.equal({ topic: 'content-events', key: 'e1' });
      expect(registry.route(createEnvelope(Ticked, null, context))).to.deep.equal({ topic: 'ticks' });
    });

    it('refuses data that gives no key, since the order would be lost', () => {
      const keyless = [
        [received('content.created.v2', { essay_id: '' }), 'data.essay_id is empty'],
        [received('content.created.v2', { essay_id: 1 }), 'data.essay_id is no text'],
        [received('content.created.v2', null), 'data.essay_id failed'],
        [received('BATCH_CLOSED', {}), 'its key function failed'],
      ] as const;
      for (const [envelope, why] of keyless) {
        const error = thrown(() => registry.route(envelope));
        expect(error.code).to.equal('SLIPWAY_EVENT_INVALID');
        expect(error.message).to.contain(`${why}, so it has no partition key`);
      }
    });

    it('refuses an event that is not registered', () => {
      expect(thrown(() => registry.route(received('other', {}))).code).to.equal('SLIPWAY_EVENT_UNKNOWN');
    });
  });

  describe('parse', () => {
    it('gives back what was created, whatever stood on the wire', () => {
      const sent = [
        createEnvelope(ContentCreated, { essay_id: 'e1', title: 't', score: 1 }, context),
        createEnvelope(BatchClosed, { batch: { id: 'b' }, closed_at: '2025-01-02T03:04:05Z' }, context),
        createEnvelope(Ticked, null, context),
      ];
      for (const envelope of sent) {
        expect(registry.parse(parseEnvelope(registry.encode(envelope)))).to.deep.include({ ...envelope });
      }
    });

    it('fills in defaults and drops what it does not know', () => {
      const event = registry.parse(received('content.created.v2', { essay_id: 'e1', title: 't', secret: 1 }));
      expect(event.data).to.deep.equal({ essay_id: 'e1', title: 't', tags: [] });
    });

    it('names every field that is wrong', () => {
      const error = thrown(() => registry.parse(received('content.created.v2', { essay_id: '', tags: [1] })));
      expect(error).to.include({ code: 'SLIPWAY_EVENT_INVALID', retryable: false });
      expect(error.context['problems']).to.deep.equal([
        'data.essay_id: Too small: expected string to have >=1 characters',
        'data.title: Invalid input: expected string, received undefined',
        'data.tags.0: Invalid input: expected string, received number',
      ]);
    });

    it('names the field of the alternative that fits best', () => {
      const either = z.union([
        z.string(),
        z.object({ list: z.array(z.number()) }),
        z.object({ x: z.string() }),
      ]);
      const Either = defineEvent('either', { topic: 't', schema: z.object({ either }), key: null });
      const problemsOf = (data: unknown): unknown =>
        thrown(() => eventRegistry([Either]).parse(received('either', data))).context['problems'];
      expect(problemsOf({ either: { list: ['a'] } })).to.deep.equal([
        'data.either.list.0: Invalid input: expected number, received string',
      ]);
      expect(problemsOf({})).to.deep.equal(['data.either: Invalid input']);
    });

    it('brings older versions to the present one, the id unchanged', () => {
      const old = received('content.created.v1', { essay_id: 'e1', name: 'On sheds' });
      expect(registry.parse(old)).to.deep.include({
        eventId: old.eventId,
        eventType: 'content.created.v2',
        schemaVersion: 2,
        data: { essay_id: 'e1', title: 'On sheds', tags: [] },
      });
      const batch = registry.parse(received('BATCH_CLOSED', { batch: { id: 'b' } }, 2));
      expect(batch).to.deep.include({
        schemaVersion: 3,
        data: { batch: { id: 'b' }, closed_at: new Date('2025-01-01T00:00:00Z') },
      });
    });

    it('goes through every version in between', () => {
      const Chain = defineEvent('chain.v4', {
        topic: 't',
        schema: z.string(),
        key: null,
        upcast: { 1: add('b'), 2: add('c'), 3: add('d') },
      });
      const chain = eventRegistry([Chain]);
      const read = [1, 2, 3, 4].map((version) => chain.parse(received(`chain.v${version}`, 'a')).data);
      expect(read).to.deep.equal(['abcd', 'acd', 'ad', 'a']);
    });

    it('lets the type alone tell the version where it ends with one, as the original always writes 1', () => {
      const data = { essay_id: 'e1', title: 't' };
      expect(registry.parse(received('content.created.v2', data, 1)).schemaVersion).to.equal(2);
      expect(registry.parse(received('content.created.v2', data, 7)).schemaVersion).to.equal(2);
    });

    it('takes the event of exactly that type before a newer one', () => {
      const both = eventRegistry([ContentCreated, ContentCreatedV1]);
      const data = { essay_id: 'e1', name: 'n' };
      expect(both.parse(received('content.created.v1', data))).to.deep.include({
        eventType: 'content.created.v1',
        data,
      });
    });

    it('takes the newest of those that read an older version', () => {
      const event = eventRegistry([numbered(2), numbered(4), numbered(3)]).parse(received('n.v1', 1));
      expect(event.eventType).to.equal('n.v4');
    });

    it('refuses versions it cannot read with a code of their own', () => {
      const unreadable = [
        [received('content.created.v3', {}), 'has version 3; content.created.v2 is read from version 1 to 2'],
        [received('BATCH_CLOSED', {}, 4), 'has version 4; BATCH_CLOSED is read from version 2 to 3'],
        [received('BATCH_CLOSED', {}, 1), 'has version 1; BATCH_CLOSED is read from version 2 to 3'],
        [received('BATCH_CLOSED', {}, 0), 'has version 0'],
      ] as const;
      for (const [envelope, why] of unreadable) {
        const error = thrown(() => registry.parse(envelope));
        expect(error.code).to.equal('SLIPWAY_EVENT_VERSION');
        expect(error.message).to.contain(why).and.to.contain(envelope.eventId);
      }
    });

    it('says which upcaster failed, and on what', () => {
      const error = thrown(() => registry.parse(received('content.created.v1', { essay_id: 'e1' })));
      expect(error.code).to.equal('SLIPWAY_EVENT_INVALID');
      expect(error.rawMessage).to.equal(
        'Version 1 of content.created.v2 could not be made version 2: ' +
          'It is no content.created.v1: data.name: Invalid input: expected string, received undefined.',
      );
      expect(error.context['problems']).to.have.length(1);
      const cause = new TypeError('x');
      const Failing = defineEvent('f.v2', {
        topic: 't',
        schema: z.unknown(),
        key: null,
        upcast: {
          1: () => {
            throw cause;
          },
        },
      });
      const failed = thrown(() => eventRegistry([Failing]).parse(received('f.v1', {})));
      expect(failed).to.include({ code: 'SLIPWAY_EVENT_INVALID', cause });
    });

    it('refuses what is not registered', () => {
      for (const type of ['other', 'other.v1']) {
        expect(thrown(() => registry.parse(received(type, {}))).code).to.equal('SLIPWAY_EVENT_UNKNOWN');
      }
    });

    it('wraps what the code of a schema throws', () => {
      const schema = z.codec(z.string(), z.string(), { decode: fail, encode: fail });
      const failing = eventRegistry([defineEvent('failing', { topic: 't', schema, key: null })]);
      for (const act of [
        () => failing.parse(received('failing', 'a')),
        () => failing.encode(received('failing', 'a')),
      ]) {
        const error = thrown(act);
        expect(error.code).to.equal('SLIPWAY_EVENT_INVALID');
        expect(error.cause).to.be.instanceOf(SyntaxError);
      }
    });

    it('refuses a schema that checks asynchronously', () => {
      const schema = z.string().refine(() => Promise.resolve(true));
      const Slow = defineEvent('slow', { topic: 't', schema, key: null });
      const error = thrown(() => eventRegistry([Slow]).parse(received('slow', 'a')));
      expect(error.code).to.equal('SLIPWAY_EVENT_DEFINITION');
    });
  });
});
