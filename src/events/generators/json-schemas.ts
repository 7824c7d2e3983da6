import type { EventRegistry } from '../../protocols/event-registry.js';
import { envelopeSchema } from './envelope-schema.js';
import { dataSchema, type JsonSchema, type JsonSchemaOptions, rebase } from './json-schema.js';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

export interface JsonSchemasOptions extends JsonSchemaOptions {
  /** Of the data alone, or of the whole Kafka value around it? Default `data`. */
  readonly of?: 'data' | 'envelope';
}

/**
 * The JSON Schema (draft 2020-12) of each event, by its type.
 * @throws SlipwayError SLIPWAY_EVENT_NO_JSON_SCHEMA
 */
export function jsonSchemas(
  registry: Pick<EventRegistry, 'events'>,
  options: JsonSchemasOptions = {},
): Readonly<Record<string, JsonSchema>> {
  const described = registry.events.map((event): [string, JsonSchema] => {
    const data = dataSchema(event, 'draft-2020-12', options);
    const about = {
      $schema: dialect,
      title: event.type,
      ...(event.description === undefined ? {} : { description: event.description }),
    };
    if (options.of !== 'envelope') return [event.type, { ...about, ...data }];
    return [event.type, { ...about, ...envelopeSchema(event, rebase(data, '#/properties/data')) }];
  });
  return Object.fromEntries(described);
}
