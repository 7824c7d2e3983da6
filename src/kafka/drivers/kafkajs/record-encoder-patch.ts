import { createRequire } from 'node:module';
import { encodeRecord, type RecordFields } from './encode-record.js';
import { patchedVersion } from './idle-timer-patch.js';

/** Stands in the messages that {@link encodeRecord} is for. kafkajs copies it along. */
export const encodedHere = Symbol('slipway.encodedHere');

type Fields = RecordFields & { readonly [encodedHere]?: true };
/** What kafkajs's batches take for an encoder of a record. */
type Encoded = { readonly buf: Buffer; readonly buffer: Buffer };
type EncodeFields = ((fields: Fields) => Encoded) & { [encodedHere]?: true };

const recordModule = 'kafkajs/src/protocol/recordBatch/record/v0';
/** Loaded with the first Produce request of the process, and the only one that loads the former. */
const requestModule = 'kafkajs/src/protocol/requests/produce/v3/request';

/**
 * Has kafkajs encode our messages by {@link encodeRecord}, which saves more than a third of what a publish costs under
 * load. Messages of other clients are encoded as ever.
 * @returns whether the patch is in place; false, and nothing touched, for any version but {@link patchedVersion}, and
 * where kafkajs has sent messages before.
 */
export function patchRecordEncoder(version?: string): boolean {
  const require = createRequire(import.meta.url);
  const installed = version ?? (require('kafkajs/package.json') as { version: string }).version;
  if (installed !== patchedVersion) return false;
  const original = require(recordModule) as EncodeFields;
  if (original[encodedHere]) return true;
  const loaded = require.cache[require.resolve(recordModule)];
  if (loaded === undefined || require.cache[require.resolve(requestModule)]) return false;
  const encode: EncodeFields = (fields) => {
    if (!fields[encodedHere]) return original(fields);
    const buffer = encodeRecord(fields);
    return { buf: buffer, buffer };
  };
  encode[encodedHere] = true;
  loaded.exports = encode;
  return true;
}
