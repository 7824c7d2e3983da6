import { field } from './field.js';

// A client id is sent to the servers: Redis refuses spaces and line breaks in it.
const clientIdPattern = /^[\x21-\x7e]{1,200}$/;

export function clientId(description: string, defaultText: string) {
  const expected = 'up to 200 printable ASCII characters without spaces';
  return field.matching(clientIdPattern, { description, defaultText, expected }).optional();
}
