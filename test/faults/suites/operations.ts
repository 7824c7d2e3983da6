import { TcpProxy } from '../../support/tcp-proxy.js';
import { cells, idOf } from '../operations/cells.js';
import { startOwnKafka, startOwnRedis } from '../operations/places.js';
import { runCell } from '../operations/run-cell.js';
import { table } from '../operations/table.js';
import type { FaultSuite } from '../suite.js';

/** A service in a process of its own, from its start to its end, while one of its servers is away. */
export const suite: FaultSuite = {
  async *run({ short }) {
    await using redis = await startOwnRedis();
    await using redisProxy = await TcpProxy.start(redis.port);
    await using kafkaProxy = await TcpProxy.start(0);
    await using kafka = await startOwnKafka(kafkaProxy);
    const places = {
      redis: { server: redis, proxy: redisProxy },
      kafka: { server: kafka, proxy: kafkaProxy },
    };
    const only = process.env['SLIPWAY_FAULT_CELL'];
    for (const cell of cells(short && only === undefined)) {
      if (only === undefined || idOf(cell) === `operations.${only}`) yield await runCell(cell, places);
    }
  },
  summary: table,
};
