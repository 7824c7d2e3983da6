import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventRegistry } from '../../protocols/event-registry.js';
import type { EventDefinition } from '../event-definition.js';
import { envelopeSchema, exampleEnvelope } from './envelope-schema.js';
import { dataSchema, type JsonSchema, type JsonSchemaOptions, rebase } from './json-schema.js';

type Json = Readonly<Record<string, unknown>>;

export interface AsyncApiServer {
  /** `host:port`. */
  readonly host: string;
  /** Default `kafka`; `kafka-secure` over TLS. */
  readonly protocol?: string;
  readonly description?: string;
}

export interface AsyncApiOptions extends JsonSchemaOptions {
  readonly title: string;
  /** The version of the application's interface, such as `1.4.0`. */
  readonly version: string;
  readonly description?: string;
  /** By name. */
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  /** The events the application publishes. */
  readonly sends?: readonly EventDefinition[];
  /** The events it handles. */
  readonly receives?: readonly EventDefinition[];
}

/** An AsyncAPI 3.0 document. It holds JSON alone: `JSON.stringify` writes it. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly defaultContentType: 'application/json';
  readonly servers?: Readonly<Record<string, Json>>;
  /** By topic. */
  readonly channels: Readonly<Record<string, Json>>;
  /** By action and topic: `send.content-events`. */
  readonly operations?: Readonly<Record<string, Json>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Json>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

const kafkaBinding = { bindingVersion: '0.5.0' };

/**
 * The AsyncAPI 3.0 document of the events: a channel for each topic, a message for each event with the JSON Schema of
 * its Kafka value (draft-07, as AsyncAPI has it), its key and its examples.
 * @throws SlipwayError SLIPWAY_EVENT_NO_JSON_SCHEMA
 */
export function asyncApi(
  registry: Pick<EventRegistry, 'events'>,
  options: AsyncApiOptions,
): AsyncApiDocument {
  const ids = componentIds(registry.events);
  const parts = registry.events.map((event) => ({ event, id: ids.get(event) ?? event.type }));
  const topics = new Map<string, typeof parts>();
  for (const part of parts) topics.set(part.event.topic, [...(topics.get(part.event.topic) ?? []), part]);
  const { title, version, description, sends = [], receives = [] } = options;
  for (const event of [...sends, ...receives]) requireRegistered(event, registry.events);
  const operations = [...topics].flatMap(([topic, members]) => [
    ...operation('send', topic, members, sends),
    ...operation('receive', topic, members, receives),
  ]);
  return {
    asyncapi: '3.0.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    defaultContentType: 'application/json',
    ...(options.servers === undefined ? {} : { servers: servers(options.servers) }),
    channels: Object.fromEntries([...topics].map(([topic, members]) => [topic, channel(topic, members)])),
    ...(operations.length === 0 ? {} : { operations: Object.fromEntries(operations) }),
    components: {
      messages: Object.fromEntries(parts.map(({ event, id }) => [id, message(event, id)])),
      schemas: Object.fromEntries(
        parts.map(({ event, id }) => {
          const schema = rebase(dataSchema(event, 'draft-07', options), `#/components/schemas/${id}`);
          return [id, schema as JsonSchema];
        }),
      ),
    },
  };
}

function requireRegistered(event: EventDefinition, events: readonly EventDefinition[]): void {
  if (events.includes(event)) return;
  throw new SlipwayError('SLIPWAY_EVENT_UNKNOWN', {
    message: `The document is to say who sends or receives '${event.type}', which is not registered. Register it.`,
    context: { eventType: event.type },
  });
}

interface Part {
  readonly event: EventDefinition;
  readonly id: string;
}

/** AsyncAPI's keys have few characters; an event type may have any. */
function componentIds(events: readonly EventDefinition[]): ReadonlyMap<EventDefinition, string> {
  const ids = new Map<EventDefinition, string>();
  const taken = new Set<string>();
  for (const event of events) {
    const plain = event.type.replaceAll(/[^a-zA-Z0-9._-]/g, '_');
    let id = plain;
    for (let count = 2; taken.has(id); count += 1) id = `${plain}_${count}`;
    taken.add(id);
    ids.set(event, id);
  }
  return ids;
}

function servers(byName: Readonly<Record<string, AsyncApiServer>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(byName).map(([name, server]) => [name, { protocol: 'kafka', ...server }]),
  );
}

function channel(topic: string, members: readonly Part[]): Json {
  return {
    address: topic,
    messages: Object.fromEntries(members.map(({ id }) => [id, { $ref: `#/components/messages/${id}` }])),
    bindings: { kafka: { topic, ...kafkaBinding } },
  };
}

function operation(
  action: 'send' | 'receive',
  topic: string,
  members: readonly Part[],
  events: readonly EventDefinition[],
): readonly [string, Json][] {
  const messages = members
    .filter(({ event }) => events.includes(event))
    .map(({ id }) => ({ $ref: `#/channels/${topic}/messages/${id}` }));
  if (messages.length === 0) return [];
  return [[`${action}.${topic}`, { action, channel: { $ref: `#/channels/${topic}` }, messages }]];
}

function message(event: EventDefinition, id: string): Json {
  const examples = event.examples.map((data, index) => ({
    name: `example-${index + 1}`,
    payload: exampleEnvelope(event, data),
  }));
  return {
    name: event.type,
    title: event.type,
    ...(event.description === undefined ? {} : { description: event.description }),
    contentType: 'application/json',
    correlationId: { location: '$message.payload#/correlation_id' },
    payload: envelopeSchema(event, { $ref: `#/components/schemas/${id}` }),
    ...(event.keyName === undefined
      ? {}
      : { bindings: { kafka: { key: keySchema(event), ...kafkaBinding } } }),
    ...(examples.length === 0 ? {} : { examples }),
  };
}

function keySchema({ keyName }: EventDefinition): JsonSchema {
  const from = keyName === 'computed' ? 'Computed from the data.' : `The data's ${keyName}.`;
  return { type: 'string', description: from };
}
