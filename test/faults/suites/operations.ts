import { startKafka } from '../../support/servers/kafka-server.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { cells } from '../operations/cells.js';
import { runCell } from '../operations/run-cell.js';
import type { FaultSuite } from '../suite.js';

/** A service in a process of its own, from its start to its end, while one of its servers is away. */
export const suite: FaultSuite = {
  async *run({ short }) {
    await using redis = await startRedis();
    await using redisProxy = await TcpProxy.start(redis.port);
    await using kafkaProxy = await TcpProxy.start(0);
    await using kafka = await startKafka({
      properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${kafkaProxy.port}` },
    });
    kafkaProxy.retarget(kafka.port);
    const places = {
      redis: { server: redis, proxy: redisProxy },
      kafka: { server: kafka, proxy: kafkaProxy },
    };
    const only = process.env['SLIPWAY_FAULT_CELL'];
    for (const cell of cells(short && only === undefined)) {
      if (only !== undefined && only !== `${cell.when}.${cell.server}.${cell.fault}`) continue;
      yield await runCell(cell, places);
    }
  },
};
