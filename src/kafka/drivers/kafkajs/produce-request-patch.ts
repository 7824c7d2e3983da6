import { createRequire } from 'node:module';
import { type Checksum, encodeProduce, type ProduceRequest } from './encode-produce.js';
import type { RecordFields } from './encode-records.js';
import { type ConnectionPool, ProduceLine } from './produce-line.js';
import { isPatchedVersion } from './patched-version.js';

/** Stands in the messages of ours, and tells who sends them. kafkajs hands them on as they are. */
export const sender = Symbol('slipway.sender');

/** Who sends messages to one broker in one send. */
export interface Sender {
  /** The number that the first of the records to `partition` has to have. */
  sequenceOf(partition: number): number;
  /** The way that a request went. */
  onLine(line: ProduceLine): void;
}

type Message = RecordFields & { readonly [sender]?: Sender };
/** What kafkajs takes for an encoder that is done. */
type Encoded = { readonly buf: Buffer; readonly buffer: Buffer };
interface Request {
  readonly apiVersion: number;
  readonly encode: () => Promise<Encoded>;
  /** Of one of ours: tells its sender the way. */
  readonly [sender]?: (pool: ConnectionPool, apiVersion: number) => void;
}
type MakeRequest = ((request: ProduceRequest<Message>) => Request) & { [sender]?: true };
type Send = (this: ConnectionPool, protocol: { readonly request: Request }) => Promise<unknown>;

/** What the requests of later versions are made by. */
const requestModule = 'kafkajs/src/protocol/requests/produce/v3/request';
/** One of these is loaded with the first Produce request of such a version, and keeps the former. */
const nextModules = ['v4', 'v5'].map((each) => `kafkajs/src/protocol/requests/produce/${each}/request`);

/**
 * Has requests of our messages encoded by {@link encodeProduce}: kafkajs makes a buffer of 512 zeros for each header, number
 * and part of a request, and copies each into the next. Their sequence numbers are ours, and their senders are told the way
 * they go. Requests with messages of other clients are as ever.
 * @returns whether the patch is in place; false, and nothing touched, for any version but the one of patched-version.ts, and
 * where kafkajs has sent messages before.
 */
export function patchProduceRequest(version?: string): boolean {
  if (!isPatchedVersion(version)) return false;
  const require = createRequire(import.meta.url);
  const original = require(requestModule) as MakeRequest;
  if (original[sender]) return true;
  const loaded = require.cache[require.resolve(requestModule)];
  if (loaded === undefined || nextModules.some((each) => require.cache[require.resolve(each)])) return false;
  const checksum = require('kafkajs/src/protocol/recordBatch/crc32C') as Checksum;
  const make: MakeRequest = (request) => {
    const made = original(request);
    const owner = senderOf(request);
    return owner ? requestOf(owner, request, made, checksum) : made;
  };
  make[sender] = true;
  loaded.exports = make;
  const { prototype } = require('kafkajs/src/network/connectionPool') as { prototype: { send: Send } };
  const { send } = prototype;
  prototype.send = function sendAndTell(this: ConnectionPool, protocol): Promise<unknown> {
    const { request } = protocol;
    request[sender]?.(this, request.apiVersion);
    return send.call(this, protocol);
  };
  return true;
}

function requestOf(
  owner: Sender,
  request: ProduceRequest<Message>,
  made: Request,
  checksum: Checksum,
): Request {
  const topicData = request.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((each) => ({ ...each, firstSequence: owner.sequenceOf(each.partition) })),
  }));
  const { producerId, producerEpoch } = request;
  return {
    ...made,
    encode: async () => {
      const buffer = await encodeProduce({ ...request, topicData }, checksum);
      return { buf: buffer, buffer };
    },
    [sender]: (pool, apiVersion) => {
      owner.onLine(new ProduceLine({ pool, apiVersion, producerId, producerEpoch }));
    },
  };
}

/** Who sends all of the messages; undefined if they are not ours. */
function senderOf({ topicData }: ProduceRequest<Message>): Sender | undefined {
  const messages = topicData.flatMap(({ partitions }) => partitions.flatMap((each) => each.messages));
  const owner = messages[0]?.[sender];
  return messages.every((message) => message[sender] === owner) ? owner : undefined;
}
