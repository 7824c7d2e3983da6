import { Parser, type SchemaInterface } from '@asyncapi/parser';
import { expect } from 'chai';
import { z } from 'zod';
import { asyncApi, type AsyncApiDocument, defineEvent, eventRegistry, float } from '../../../../src/index.js';
import {
  BatchClosed,
  ContentCreated,
  ContentCreatedV1,
  contentEvents,
} from '../../../support/content-events.js';
import { thrown } from '../../../support/thrown.js';

const about = { title: 'Essay desk', version: '1.0.0' };
const parser = new Parser();

interface Problem {
  readonly code: string | number;
  readonly path: string;
  /** 0 is an error, 1 a warning; what is more is only suggested. */
  readonly severity: number;
}

/** What the official parser has against a document, and what it read. It recommends to use a later AsyncAPI. */
async function judge(document: unknown) {
  const { document: read, diagnostics } = await parser.parse(JSON.stringify(document));
  const problems = diagnostics.map(({ code, path, severity }): Problem => ({
    code,
    path: path.join('.'),
    severity,
  }));
  return {
    read,
    problems: problems.filter(({ code, severity }) => severity <= 1 && code !== 'asyncapi-latest-version'),
  };
}

describe('asyncApi', () => {
  it('gives a document in which the official parser finds what was defined, and no fault', async () => {
    const registry = eventRegistry([ContentCreated, ContentCreatedV1, BatchClosed]);
    const document = asyncApi(registry, {
      ...about,
      description: 'Takes essays in.',
      servers: { production: { host: 'kafka:9092', description: 'The cluster.' } },
      sends: [ContentCreated],
      receives: [BatchClosed, ContentCreatedV1, ContentCreated],
    });
    const { read, problems } = await judge(document);
    expect(problems).to.deep.equal([]);
    expect(read?.version()).to.equal('3.0.0');
    expect(read?.info().title()).to.equal('Essay desk');
    expect(read?.servers().get('production')?.protocol()).to.equal('kafka');
    const channels = read?.channels().all() ?? [];
    expect(
      channels.map((channel) => [
        channel.address(),
        channel
          .messages()
          .all()
          .map((each) => each.name()),
      ]),
    ).to.deep.equal([
      ['content-events', ['content.created.v2', 'content.created.v1']],
      ['batch.events', ['BATCH_CLOSED']],
    ]);
    const operations = read?.operations().all() ?? [];
    expect(
      operations.map((each) => [
        each.id(),
        each.action(),
        each
          .messages()
          .all()
          .map((one) => one.name()),
      ]),
    ).to.deep.equal([
      ['send.content-events', 'send', ['content.created.v2']],
      ['receive.content-events', 'receive', ['content.created.v2', 'content.created.v1']],
      ['receive.batch.events', 'receive', ['BATCH_CLOSED']],
    ]);
  });

  it('describes the Kafka value: the names of the wire around the schema of the data, and the key', async () => {
    const { read } = await judge(asyncApi(contentEvents, about));
    const message = read?.components().messages().get('content.created.v2');
    expect(message?.description()).to.equal('An essay was | handed in.');
    expect(message?.correlationId()?.location()).to.equal('$message.payload#/correlation_id');
    expect(message?.bindings().get('kafka')?.value()).to.deep.include({
      key: { type: 'string', description: "The data's essay_id." },
    });
    const payload = message?.payload()?.json() as { required: string[]; properties: Record<string, unknown> };
    expect(payload.required).to.deep.equal([
      'event_id',
      'event_type',
      'event_timestamp',
      'source_service',
      'schema_version',
      'correlation_id',
      'data_schema_uri',
      'data',
      'metadata',
    ]);
    expect(payload.properties['event_type']).to.deep.include({ const: 'content.created.v2' });
    expect(payload.properties['schema_version']).to.not.have.property('const');
    expect(payload.properties['data']).to.deep.include({ type: 'object', required: ['essay_id', 'title'] });
    expect(payload.properties['data']).to.have.nested.property('properties.score.format', 'double');
    const closed = read?.components().messages().get('BATCH_CLOSED')?.payload()?.json();
    expect(closed).to.have.nested.property('properties.schema_version.const', 3);
    expect(closed).to.have.nested.property('properties.data.properties.closed_at.format', 'date-time');
    expect(read?.components().messages().get('ticked')?.bindings().all()).to.deep.equal([]);
  });

  it('gives examples that are what the payload says', async () => {
    const { read } = await judge(asyncApi(contentEvents, about));
    const message = read?.components().messages().get('content.created.v2');
    const [example] = message?.examples().all() ?? [];
    expect(example?.payload()).to.deep.include({
      event_type: 'content.created.v2',
      schema_version: 2,
      data: { essay_id: 'e1', title: 'On sheds', score: 1 },
    });
    const payload = z.fromJSONSchema(message?.payload()?.json() as z.core.JSONSchema.JSONSchema);
    expect(payload.safeParse(example?.payload()).error?.issues).to.equal(undefined);
    const spoilt = { ...example?.payload(), data: { essay_id: 1, title: 'On sheds' } };
    expect(payload.safeParse(spoilt).error?.issues).to.containSubset([{ path: ['data', 'essay_id'] }]);
    expect(read?.components().messages().get('ticked')?.examples().all()).to.deep.equal([]);
  });

  it('holds recursive and shared schemas, and types with any characters', async () => {
    const node = z.object({
      size: float(),
      get children() {
        return z.array(node);
      },
    });
    const Tree = defineEvent('tree/grown v1', { topic: 'trees', schema: node, key: null });
    const Held = defineEvent('tree~grown v1', {
      topic: 'trees',
      schema: z.object({ node, twice: node }),
      key: null,
    });
    const address = z.object({ city: z.string() }).meta({ id: 'Address' });
    const Moved = defineEvent('tree_grown_v1', {
      topic: 'trees',
      schema: z.object({ from: address, to: address }),
      key: (data) => data.to.city,
    });
    const document: AsyncApiDocument = asyncApi(eventRegistry([Tree, Held, Moved]), about);
    expect(Object.keys(document.components.messages)).to.deep.equal([
      'tree_grown_v1',
      'tree_grown_v1_2',
      'tree_grown_v1_3',
    ]);
    const { read, problems } = await judge(document);
    expect(problems).to.deep.equal([]);
    const data = read?.components().messages().get('tree_grown_v1_3')?.payload()?.property('data');
    expect(data?.property('to')?.property('city')?.type()).to.equal('string');
    const tree = read?.components().messages().get('tree_grown_v1')?.payload()?.property('data');
    const children = tree?.property('children')?.items() as SchemaInterface | undefined;
    expect(children?.isCircular()).to.equal(true);
  });

  it('refuses senders and receivers of what is not registered', () => {
    for (const role of ['sends', 'receives'] as const) {
      const error = thrown(() => asyncApi(contentEvents, { ...about, [role]: [ContentCreatedV1] }));
      expect(error.code).to.equal('SLIPWAY_EVENT_UNKNOWN');
    }
  });

  it('says which parts have no JSON Schema, or lets anything stand there', async () => {
    const schema = z.object({ at: z.date(), list: z.array(z.object({ big: z.bigint() })), ok: z.string() });
    const registry = eventRegistry([defineEvent('odd', { topic: 't', schema, key: 'ok' })]);
    const error = thrown(() => asyncApi(registry, about));
    expect(error.code).to.equal('SLIPWAY_EVENT_NO_JSON_SCHEMA');
    expect(error.context['problems']).to.deep.equal([
      'data.at: Date cannot be represented in JSON Schema',
      'data.list[].big: BigInt cannot be represented in JSON Schema',
    ]);
    const { problems } = await judge(asyncApi(registry, { ...about, unrepresentable: 'any' }));
    expect(problems).to.deep.equal([]);
  });

  it('is judged by a parser that does refuse', async () => {
    const document = asyncApi(contentEvents, about);
    const { problems } = await judge({ ...document, channels: { broken: { addres: 'x' } } });
    expect(problems).to.not.deep.equal([]);
  });
});
