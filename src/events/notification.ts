import { dumpsStyle, pythonJson } from './json/python-json.js';

/**
 * The text of a user notification, byte for byte as the original's `json.dumps` writes it: `", "` and `": "` between
 * items, everything but printable ASCII escaped, keys in their order, `NaN` and `Infinity` as such. Numbers are those
 * of an envelope: `jsonFloat(1)` for `1.0`. Dates are written as `datetime.isoformat()` does, in UTC.
 *
 * @throws SlipwayError SLIPWAY_EVENT_INVALID for a value that holds itself or is no JSON.
 */
export function encodeNotification(eventType: string, data: Readonly<Record<string, unknown>>): string {
  return pythonJson({ event: eventType, data }, { style: dumpsStyle });
}
