import { createRequire } from 'node:module';
import { encodeProduce, type ProduceRequest } from './encode-produce.js';
import type { RecordFields } from './encode-records.js';
import { patchedVersion } from './idle-timer-patch.js';

/** Stands in the messages whose requests {@link encodeProduce} is for. kafkajs hands them on as they are. */
export const encodedHere = Symbol('slipway.encodedHere');

type Message = RecordFields & { readonly [encodedHere]?: true };
/** What kafkajs takes for an encoder that is done. */
type Encoded = { readonly buf: Buffer; readonly buffer: Buffer };
type Request = { encode: () => Promise<Encoded> };
type MakeRequest = ((request: ProduceRequest<Message>) => Request) & { [encodedHere]?: true };

/** What the requests of later versions are made by. */
const requestModule = 'kafkajs/src/protocol/requests/produce/v3/request';
/** Loaded with the first Produce request of such a version, and the one that keeps the former. */
const nextModule = 'kafkajs/src/protocol/requests/produce/v4/request';
const checksumModule = 'kafkajs/src/protocol/recordBatch/crc32C';

/**
 * Has requests of our messages encoded by {@link encodeProduce}, which saves about half of what a publish costs the process
 * under load: kafkajs makes a buffer of 512 zeros for each header, number and part of a request, and copies each into the
 * next. Requests with messages of other clients are encoded as ever.
 * @returns whether the patch is in place; false, and nothing touched, for any version but {@link patchedVersion}, and
 * where kafkajs has sent messages before.
 */
export function patchProduceRequest(version?: string): boolean {
  const require = createRequire(import.meta.url);
  const installed = version ?? (require('kafkajs/package.json') as { version: string }).version;
  if (installed !== patchedVersion) return false;
  const original = require(requestModule) as MakeRequest;
  if (original[encodedHere]) return true;
  const loaded = require.cache[require.resolve(requestModule)];
  if (loaded === undefined || require.cache[require.resolve(nextModule)]) return false;
  const checksum = require(checksumModule) as (bytes: Buffer) => number;
  const make: MakeRequest = (request) => {
    const made = original(request);
    if (!areOurs(request)) return made;
    return {
      ...made,
      encode: async () => {
        const buffer = await encodeProduce(request, checksum);
        return { buf: buffer, buffer };
      },
    };
  };
  make[encodedHere] = true;
  loaded.exports = make;
  return true;
}

function areOurs({ topicData }: ProduceRequest<Message>): boolean {
  return topicData.every(({ partitions }) =>
    partitions.every(({ messages }) => messages.every((message) => message[encodedHere] === true)),
  );
}
