import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { freePort } from '../../test/support/servers/free-port.js';
import { startKafka } from '../../test/support/servers/kafka-server.js';
import { BenchProcess } from './bench-process.js';
import { createTopics } from '../../test/support/kafka/topics.js';

export interface BenchKafka extends AsyncDisposable {
  /** `host:port` of the broker, and of the same broker two milliseconds away. */
  readonly servers: { readonly loopback: string; readonly rtt2ms: string };
  /** @param isKept false: only what was written last stays on the disk. */
  createTopic(topic: string, isKept?: boolean): Promise<void>;
}

const partitions = 4;
const oneWayMs = 1;

/** A broker on 127.0.0.1 that clients also reach through a process that delays: its address there is the process's. */
export async function startBenchKafka(): Promise<BenchKafka> {
  const [port, farPort, proxyPort] = [await freePort(), await freePort(), await freePort()];
  const addresses = { loopback: `127.0.0.1:${port}`, rtt2ms: `127.0.0.1:${proxyPort}` };
  const server = await startKafka({
    port,
    listeners: { FAR: farPort },
    properties: {
      'advertised.listeners': `PLAINTEXT://${addresses.loopback},FAR://${addresses.rtt2ms}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,FAR:PLAINTEXT',
      'log.retention.check.interval.ms': '1000',
      'log.segment.delete.delay.ms': '1000',
    },
  });
  const proxyFile = fileURLToPath(new URL('delay-proxy.js', import.meta.url));
  const proxyArgs = [proxyFile, proxyPort, farPort, oneWayMs].map(String);
  const proxy = await BenchProcess.start('the proxy', process.execPath, proxyArgs);
  const kafka = new Kafka({ clientId: 'bench', brokers: [addresses.loopback], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return {
    servers: addresses,
    async createTopic(topic, isKept = false) {
      const fewMegabytes = [
        { name: 'retention.bytes', value: String(16 * 1024 * 1024) },
        { name: 'segment.bytes', value: String(16 * 1024 * 1024) },
      ];
      const configEntries = isKept ? [] : fewMegabytes;
      await createTopics(admin, [{ topic, numPartitions: partitions, configEntries }]);
    },
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
