import { WireWriter } from './wire-codec.js';
import { consumingVersions } from './wire-consuming.js';
import { kafkaErrors, type WireLog } from './wire-log.js';

export const api = { produce: 0, metadata: 3, apiVersions: 18, initProducerId: 22 } as const;
/** The versions that the double speaks. */
export const supported: readonly (readonly [key: number, min: number, max: number])[] = [
  [api.produce, 3, 7],
  [api.metadata, 4, 4],
  [api.apiVersions, 0, 2],
  [api.initProducerId, 0, 1],
  ...consumingVersions,
];

interface Broker {
  readonly id: number;
  readonly port: number;
}

export function apiVersionsResponse(version: number): WireWriter {
  const writer = new WireWriter();
  writer.int16(kafkaErrors.none).array(supported, ([key, min, max]) => {
    writer.int16(key).int16(min).int16(max);
  });
  return version > 0 ? writer.int32(0) : writer;
}

/** Version 4. */
export function metadataResponse(
  brokers: readonly Broker[],
  asked: readonly string[],
  logs: ReadonlyMap<string, readonly WireLog[]>,
  advertisedHost = '127.0.0.1',
): WireWriter {
  const writer = new WireWriter();
  writer.int32(0);
  writer.array(brokers, ({ id, port }) => writer.int32(id).string(advertisedHost).int32(port).string(null));
  writer.string('wire-double').int32(1);
  return writer.array(asked, (topic) => {
    const partitions = logs.get(topic);
    writer.int16(partitions ? kafkaErrors.none : kafkaErrors.unknownTopicOrPartition);
    writer.string(topic).boolean(false);
    writer.array(partitions ?? [], ({ partition, leader }) => {
      writer.int16(kafkaErrors.none).int32(partition).int32(leader);
      writer.array([leader], (id) => writer.int32(id)).array([leader], (id) => writer.int32(id));
    });
  });
}

export function initProducerIdResponse(producerId: bigint): WireWriter {
  return new WireWriter().int32(0).int16(kafkaErrors.none).int64(producerId).int16(0);
}
