import { expect } from 'chai';
import { z } from 'zod';
import { defineEvent, type EventOptions } from '../../../src/index.js';
import { BatchClosed, ContentCreated, Ticked } from '../../support/content-events.js';
import { thrown } from '../../support/thrown.js';

const text = z.object({ id: z.string() });

/** What is said to be wrong with an event of type `type`. */
function problemsOf<S extends z.ZodType>(type: string, options: EventOptions<S>): unknown {
  const error = thrown(() => defineEvent(type, options));
  expect(error.code).to.equal('SLIPWAY_EVENT_DEFINITION');
  expect(error.message).to.contain(`Event '${type}' is not well defined`);
  return error.context['problems'];
}

const upcaster = (data: unknown): unknown => data;

function oneWayAt(path: string): readonly string[] {
  return [`the schema of ${path} transforms in one direction only (use z.codec, which knows the way back)`];
}

describe('defineEvent', () => {
  it('takes the version of the type, one that is given before that, else 1', () => {
    expect(ContentCreated).to.include({ version: 2, versionedBy: 'type' });
    expect(BatchClosed).to.include({ version: 3, versionedBy: 'schemaVersion' });
    expect(Ticked).to.include({ version: 1, versionedBy: 'schemaVersion' });
    const both = defineEvent('a.v2', { topic: 't', schema: text, key: null, version: 5 });
    expect(both).to.include({ version: 5, versionedBy: 'schemaVersion' });
    for (const type of ['a.v0', 'a.v', 'a.v01', '.v2', 'av2', 'a.v2.x']) {
      expect(defineEvent(type, { topic: 't', schema: text, key: null }).version, type).to.equal(1);
    }
  });

  it('makes the key of a property, of a function, or none', () => {
    expect(ContentCreated.keyOf({ essay_id: 'e1', title: '', tags: [] })).to.equal('e1');
    expect(BatchClosed.keyOf({ batch: { id: 'b1' }, closed_at: new Date() })).to.equal('b1');
    expect(Ticked.keyOf(null)).to.equal(undefined);
    expect([ContentCreated, BatchClosed, Ticked].map(({ keyName }) => keyName)).to.deep.equal([
      'essay_id',
      'computed',
      undefined,
    ]);
  });

  it('is frozen', () => {
    expect(ContentCreated).to.satisfy(Object.isFrozen);
  });

  it('takes every topic name that Kafka takes, and no other', () => {
    for (const topic of ['a', 'A-b_c.9', '...', 'x'.repeat(249)]) {
      expect(defineEvent('a', { topic, schema: text, key: null }).topic).to.equal(topic);
    }
    for (const topic of ['', '.', '..', 'a b', 'å', 'a/b', 'x'.repeat(250), 'a\n']) {
      expect(problemsOf('a', { topic, schema: text, key: null })).to.deep.equal([
        `'${topic}' is no topic name, which has 1 to 249 letters, digits, '.', '_' and '-', and neither '.' nor '..'`,
      ]);
    }
  });

  it('refuses an empty type', () => {
    for (const type of ['', '  ']) {
      expect(problemsOf(type, { topic: 't', schema: text, key: null })).to.deep.equal(['the type is empty']);
    }
  });

  it('refuses a version that is none, and upcasters that leave a gap or lead nowhere', () => {
    const define = (version: number, ...from: number[]): unknown =>
      problemsOf('a', {
        topic: 't',
        schema: text,
        key: null,
        version,
        upcast: Object.fromEntries(from.map((each) => [each, upcaster])),
      });
    for (const version of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(define(version)).to.deep.equal([`version ${version} is no whole number from 1`]);
    }
    expect(define(5, 1, 3)).to.deep.equal([
      'upcast from version 2 to 3 is missing',
      'upcast from version 4 to 5 is missing',
    ]);
    expect(define(2, 1, 2, 0, 1.5)).to.deep.equal([
      'upcast from 0 is not from a version before 2',
      'upcast from 2 is not from a version before 2',
      'upcast from 1.5 is not from a version before 2',
    ]);
    const some = { 2: upcaster, 3: upcaster };
    const event = defineEvent('a', { topic: 't', schema: text, key: null, version: 4, upcast: some });
    expect([...event.upcasters.keys()]).to.deep.equal([2, 3]);
  });

  it('refuses a schema that cannot write what it reads, and says where', () => {
    const oneWay = z.string().transform(Number);
    const options = { topic: 't', key: null } as const;
    expect(problemsOf('a', { ...options, schema: oneWay })).to.deep.equal(oneWayAt('data'));
    const deep = z.object({ list: z.array(z.object({ n: oneWay.optional() })) });
    expect(problemsOf('a', { ...options, schema: deep })).to.deep.equal(oneWayAt('data.list.[].n'));
    const wrapped = [
      z.tuple([z.string(), oneWay]),
      z.tuple([z.string()], oneWay),
      z.record(z.string(), oneWay),
      z.union([z.string(), oneWay]),
      z.intersection(z.object({}), z.object({ a: oneWay })),
      z.lazy(() => oneWay),
      z.object({}).catchall(oneWay),
      z.preprocess((value) => value, z.string()),
      z.set(oneWay),
    ];
    for (const schema of wrapped) {
      expect(problemsOf('a', { ...options, schema })).to.have.length(1);
    }
  });

  it('takes codecs, coercion, normalising checks and recursive schemas', () => {
    const node = z.object({
      name: z.string().trim().toLowerCase(),
      at: z.coerce.date(),
      flag: z.stringbool(),
      get children() {
        return z.array(node);
      },
    });
    expect(defineEvent('a', { topic: 't', schema: node, key: 'name' }).keyName).to.equal('name');
  });

  it('refuses examples that are none, naming the fields', () => {
    const examples = [{ id: 'a' }, { id: 1 }] as unknown as { id: string }[];
    expect(problemsOf('a', { topic: 't', schema: text, key: null, examples })).to.deep.equal([
      'example 2: data.id: Invalid input: expected string, received number',
    ]);
  });

  it('names all that is wrong at once', () => {
    expect(problemsOf('', { topic: '.', schema: z.string().transform(Number), key: null, version: 0 }))
      .to.be.an('array')
      .with.length(4);
  });
});
