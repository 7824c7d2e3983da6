import { expect } from 'chai';
import * as fc from 'fast-check';
import { z } from 'zod';
import {
  createEnvelope,
  defineEvent,
  encodeEnvelope,
  type EventEnvelope,
  eventRegistry,
  float,
  JsonFloat,
  parseEnvelope,
} from '../../../../src/index.js';
import { BatchClosed, contentEvents } from '../../../support/content-events.js';
import { thrown } from '../../../support/thrown.js';

const context = { sourceService: 'desk' };

/** The JSON of `data` on the wire, as an event with this schema. */
function written<S extends z.ZodType>(schema: S, data: z.input<S>): string {
  const Written = defineEvent('written', { topic: 't', schema, key: null });
  const bytes = eventRegistry([Written]).encode(createEnvelope(Written, data, context));
  return /"data": (.*), "metadata": null}$/.exec(Buffer.from(bytes).toString())?.[1] ?? 'no data';
}

describe('encode of a registry', () => {
  it('writes a float as Python does, and any other number as it is', () => {
    expect(written(float(), 1)).to.equal('1.0');
    expect(written(float().min(0).max(5).meta({ description: 'd' }), 5)).to.equal('5.0');
    expect(written(z.float32(), 2)).to.equal('2.0');
    expect(written(float(), -0)).to.equal('-0.0');
    expect(written(float(), 0.5)).to.equal('0.5');
    expect(written(z.number(), 1)).to.equal('1');
    expect(written(z.int(), 1)).to.equal('1');
  });

  it('finds floats wherever a schema can have them', () => {
    const n = float();
    expect(written(z.object({ b: n, a: z.int() }), { b: 1, a: 1 })).to.equal('{"b": 1.0, "a": 1}');
    expect(written(z.looseObject({ n }), { x: 1, n: 1 })).to.equal('{"n": 1.0, "x": 1}');
    expect(written(z.object({}).catchall(n), { toString: 1 })).to.equal('{"toString": 1.0}');
    expect(written(z.array(n), [1, 2])).to.equal('[1.0, 2.0]');
    expect(written(z.record(z.string(), n), { a: 1 })).to.equal('{"a": 1.0}');
    expect(written(z.tuple([z.int(), n]), [1, 1])).to.equal('[1, 1.0]');
    expect(written(z.tuple([z.int()], n), [1, 1, 2])).to.equal('[1, 1.0, 2.0]');
    expect(written(z.array(n.optional().nullable()), [null, 1])).to.equal('[null, 1.0]');
    expect(written(n.default(3), undefined)).to.equal('3.0');
    expect(written(n.prefault(3), undefined)).to.equal('3.0');
    expect(written(n.catch(3).readonly(), 1)).to.equal('1.0');
    expect(
      written(
        z.lazy(() => n),
        1,
      ),
    ).to.equal('1.0');
    const sides = z.intersection(z.object({ a: n }), z.object({ b: n, c: z.int() }));
    expect(written(sides, { a: 1, b: 1, c: 1 })).to.equal('{"a": 1.0, "b": 1.0, "c": 1}');
  });

  it('finds them in recursive schemas', () => {
    const node = z.object({
      v: float(),
      get next() {
        return node.optional();
      },
    });
    expect(written(node, { v: 1, next: { v: 2 } })).to.equal('{"v": 1.0, "next": {"v": 2.0}}');
  });

  it('takes the first alternative that fits, as reading does', () => {
    expect(written(z.union([z.string(), float()]), 1)).to.equal('1.0');
    expect(written(z.union([z.int(), float()]), 1)).to.equal('1');
    expect(written(z.union([z.int(), float()]), 1.5)).to.equal('1.5');
    const shapes = z.discriminatedUnion('is', [
      z.object({ is: z.literal('circle'), size: float() }),
      z.object({ is: z.literal('count'), size: z.int() }),
    ]);
    expect(
      written(z.array(shapes), [
        { is: 'count', size: 1 },
        { is: 'circle', size: 1 },
      ]),
    ).to.equal('[{"is": "count", "size": 1}, {"is": "circle", "size": 1.0}]');
  });

  it('applies codecs backwards, and floats inside them', () => {
    const celsius = z.codec(z.object({ c: float() }), z.object({ k: z.number() }), {
      decode: ({ c }) => ({ k: c + 273 }),
      encode: ({ k }) => ({ c: k - 273 }),
    });
    expect(written(celsius, { c: 20 })).to.equal('{"c": 20.0}');
  });

  it('computes at each call, so that a change of the data is never missed', () => {
    const Scored = defineEvent('scored', { topic: 't', schema: z.object({ score: float() }), key: null });
    const registry = eventRegistry([Scored]);
    const envelope = createEnvelope(Scored, { score: 1 }, context);
    const wireOf = (given: EventEnvelope): unknown => registry.toWire(given).data;
    expect(wireOf(envelope)).to.deep.equal({ score: new JsonFloat(1) });
    expect(envelope.data).to.deep.equal({ score: 1 });
    envelope.data.score = 2;
    expect(wireOf(envelope)).to.deep.equal({ score: new JsonFloat(2) });
    expect(wireOf({ ...envelope, metadata: {} })).to.deep.equal({ score: new JsonFloat(2) });
  });

  it('is undone by parse, whatever the data', () => {
    const schema = z.object({
      one: float(),
      list: z.array(z.union([z.string(), float(), z.object({ deep: z.record(z.string(), float()) })])),
      pair: z.tuple([z.int(), float().nullable()]),
    });
    const Measured = defineEvent('measured', { topic: 't', schema, key: null });
    const registry = eventRegistry([Measured]);
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const deep = fc.record({ deep: fc.dictionary(fc.string(), number, { noNullPrototype: true }) });
    const data = fc.record({
      one: number,
      list: fc.array(fc.oneof(fc.string(), number, deep)),
      pair: fc.tuple(
        fc.integer().filter((each) => !Object.is(each, -0)),
        fc.option(number),
      ),
    });
    fc.assert(
      fc.property(data, (given) => {
        const envelope = createEnvelope(Measured, given, context);
        const bytes = registry.encode(envelope);
        expect(registry.parse(parseEnvelope(bytes))).to.deep.include({ ...envelope });
        // As a float each number has a point, an exponent, or is the one integer of the pair.
        const integers = /"data": (.*), "metadata"/s.exec(Buffer.from(bytes).toString())?.[1] ?? '';
        expect(
          integers.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').match(/(?<![\d.e+-])-?\d+(?![\d.e])/g),
        ).to.have.length(1);
      }),
    );
  });

  it('leaves alone what is not registered, of another version, or without floats and codecs', () => {
    const plain = createEnvelope('unknown', { score: 1 }, context);
    expect(contentEvents.toWire(plain)).to.equal(plain);
    expect(contentEvents.encode(plain)).to.deep.equal(encodeEnvelope(plain));
    const older = createEnvelope('BATCH_CLOSED', { any: 'thing' }, { ...context, schemaVersion: 2 });
    expect(contentEvents.toWire(older)).to.equal(older);
    const ticked = createEnvelope('ticked', null, context);
    expect(contentEvents.toWire(ticked).data).to.equal(null);
  });

  it('refuses data that a codec does not take', () => {
    const data = { batch: { id: 'b' }, closed_at: 'not a Date' };
    const raw = createEnvelope('BATCH_CLOSED', data, { ...context, schemaVersion: 3 });
    const error = thrown(() => contentEvents.encode(raw));
    expect(error.code).to.equal('SLIPWAY_EVENT_INVALID');
    expect(error.message).to.contain('data.closed_at');
    expect(BatchClosed.version).to.equal(3);
  });
});
