import { SlipwayError } from '../errors/slipway-error.js';
import { checkData, dataProblems } from './check-data.js';
import type { EventDefinition, Upcaster } from './event-definition.js';

/**
 * An upcaster that checks and types the older data by the older event's definition:
 *
 *     upcast: { 1: upcastFrom(ContentCreatedV1, (data) => ({ ...data, title: data.name })) }
 */
export function upcastFrom<Data>(
  older: EventDefinition<string, Data>,
  upcaster: (data: Data) => unknown,
): Upcaster {
  return (data) => {
    const checked = checkData(older.type, older.schema, data);
    if (checked.success) return upcaster(checked.data);
    const problems = dataProblems(checked.error);
    throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
      message: `It is no ${older.type}: ${problems.join('; ')}.`,
      context: { problems },
      cause: checked.error,
    });
  };
}

/** `data` of version `from`, as version {@link EventDefinition.version} has it. */
export function upcast(event: EventDefinition, from: number, data: unknown): unknown {
  let upcasted = data;
  for (let version = from; version < event.version; version += 1) {
    try {
      upcasted = event.upcasters.get(version)?.(upcasted);
    } catch (cause) {
      throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
        message: `Version ${version} of ${event.type} could not be made version ${version + 1}: ${reason(cause)}`,
        context: {
          eventType: event.type,
          fromVersion: version,
          ...(SlipwayError.is(cause) ? cause.context : {}),
        },
        cause,
      });
    }
  }
  return upcasted;
}

function reason(cause: unknown): string {
  if (SlipwayError.is(cause)) return cause.rawMessage;
  return 'its upcaster failed on the data; the cause says how.';
}
