import { expect } from 'chai';
import { z } from 'zod';
import { defineEvent, eventRegistry, eventsTable, float, jsonSchemas } from '../../../../src/index.js';
import { ContentCreated, contentEvents } from '../../../support/content-events.js';
import { thrown } from '../../../support/thrown.js';

describe('jsonSchemas', () => {
  it('gives the schema of the data of each event as it stands on the wire', () => {
    const schemas = jsonSchemas(contentEvents);
    expect(Object.keys(schemas)).to.deep.equal(['content.created.v2', 'BATCH_CLOSED', 'ticked']);
    expect(schemas['content.created.v2']).to.deep.equal({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'content.created.v2',
      description: 'An essay was | handed in.',
      type: 'object',
      properties: {
        essay_id: { type: 'string', minLength: 1 },
        title: { type: 'string' },
        score: { type: 'number', format: 'double' },
        tags: { default: [], type: 'array', items: { type: 'string' } },
      },
      required: ['essay_id', 'title'],
    });
    expect(schemas['BATCH_CLOSED']).to.have.nested.property('properties.closed_at.type', 'string');
  });

  it('keeps the bounds that a float was given', () => {
    const schema = z.object({ a: float().min(0), b: z.float32().max(1), c: z.float32() });
    const registry = eventRegistry([defineEvent('a', { topic: 't', schema, key: null })]);
    expect(jsonSchemas(registry)['a']?.['properties']).to.deep.equal({
      a: { type: 'number', minimum: 0, format: 'double' },
      b: { type: 'number', maximum: 1, format: 'float' },
      c: { type: 'number', format: 'float' },
    });
  });

  it('gives the schema of the whole value, in which references still lead to their places', () => {
    const node = z.object({
      get children() {
        return z.array(node);
      },
    });
    const Tree = defineEvent('tree', { topic: 't', schema: node, key: null });
    const Held = defineEvent('held', { topic: 't', schema: z.object({ node }), key: null });
    const schemas = jsonSchemas(eventRegistry([Tree, Held, ContentCreated]), { of: 'envelope' });
    expect(schemas['tree']).to.have.nested.property(
      'properties.data.properties.children.items.$ref',
      '#/properties/data',
    );
    const reference = '#/properties/data/$defs/__schema0';
    const held = schemas['held'];
    expect(held).to.have.nested.property('properties.data.properties.node.$ref', reference);
    expect(held).to.have.nested.property('properties.data.$defs.__schema0.type', 'object');
    // Zod reads its own dialect back: what the schema says is what was meant.
    const read = z.fromJSONSchema({ ...schemas['content.created.v2'] });
    const envelope = {
      event_id: '11111111-1111-4111-8111-111111111111',
      event_type: 'content.created.v2',
      event_timestamp: '2025-01-01T00:00:00Z',
      source_service: 's',
      schema_version: 2,
      correlation_id: '11111111-1111-4111-8111-111111111111',
      data_schema_uri: null,
      data: { essay_id: 'e', title: 't' },
      metadata: null,
    };
    expect(read.safeParse(envelope).error?.issues).to.equal(undefined);
    expect(read.safeParse({ ...envelope, data: {} }).success).to.equal(false);
    expect(read.safeParse({ ...envelope, event_type: 'other' }).success).to.equal(false);
  });

  it('says which event has none', () => {
    const registry = eventRegistry([defineEvent('odd', { topic: 't', schema: z.date(), key: null })]);
    const error = thrown(() => jsonSchemas(registry));
    expect(error.code).to.equal('SLIPWAY_EVENT_NO_JSON_SCHEMA');
    expect(error.message).to.contain("'odd'").and.to.contain('data: Date');
    expect(jsonSchemas(registry, { unrepresentable: 'any' })['odd']).to.have.keys('$schema', 'title');
  });
});

describe('eventsTable', () => {
  it('has a row for each event', () => {
    expect(eventsTable(contentEvents).split('\n')).to.deep.equal([
      '| Event | Topic | Key | Version | Meaning |',
      '| --- | --- | --- | --- | --- |',
      '| `content.created.v2` | `content-events` | `essay_id` | 2, reads from 1 | An essay was \\| handed in. |',
      '| `BATCH_CLOSED` | `batch.events` | computed | 3, reads from 2 |  |',
      '| `ticked` | `ticks` | none | 1 |  |',
    ]);
  });

  it('keeps a description of several lines in its row', () => {
    const Long = defineEvent('a', { topic: 't', schema: z.null(), key: null, description: 'One.\n  Two.' });
    expect(eventsTable(eventRegistry([Long])).split('\n')[2]).to.equal(
      '| `a` | `t` | none | 1 | One. Two. |',
    );
  });
});
