import { readFile } from 'node:fs/promises';
import type { KafkaSecuritySettings } from '../../../src/index.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import { FaultProxy } from '../../support/kafka/fault-proxy.js';
import { password, startSecureKafka, user } from '../../support/kafka/secure-kafka.js';
import { freePort } from '../../support/servers/free-port.js';
import { KafkaCluster } from '../../support/servers/kafka-cluster.js';
import { startKafka } from '../../support/servers/kafka-server.js';
import { BrokerWorld } from './broker-world.js';

export interface OpenBrokers extends AsyncDisposable {
  readonly world: BrokerWorld;
  /** What a client needs beside the addresses. */
  readonly security: KafkaSecuritySettings;
}

/** What was opened, closed in reverse. */
class Opened implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = [];

  add<T extends AsyncDisposable>(one: T): T {
    this.#all.unshift(one);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#all.splice(0)) await one[Symbol.asyncDispose]();
  }
}

/** What `open` makes with a list of what has to be closed: by who gets it, or at once if it fails. */
async function opening(open: (opened: Opened) => Promise<Omit<OpenBrokers, keyof AsyncDisposable>>) {
  const opened = new Opened();
  try {
    return {
      ...(await open(opened)),
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** Brokers of one cluster, each behind a proxy that its clients are sent to. */
export function openBrokers(count: 1 | 3): Promise<OpenBrokers> {
  return opening(async (opened) => {
    const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
    const proxies: FaultProxy[] = [];
    for (const port of ports) proxies.push(opened.add(await FaultProxy.start(() => port)));
    const listeners = (nodeId: number) => ({
      CLIENTS: { port: ports[nodeId - 1] ?? 0, advertisedPort: proxies[nodeId - 1]?.port ?? 0 },
    });
    if (count === 1) {
      const server = opened.add(await startKafka({ listeners: listeners(1) }));
      const nodes = proxies.map((proxy) => ({ server, proxy }));
      return { world: new BrokerWorld(nodes, server.bootstrapServers), security: {} };
    }
    const cluster = opened.add(
      await KafkaCluster.start({
        nodes: count,
        listeners,
        // Leaders that were killed lead again soon.
        properties: { 'leader.imbalance.check.interval.seconds': '3' },
      }),
    );
    const nodes = proxies.map((proxy, index) => ({ server: cluster.node(index + 1), proxy }));
    return { world: new BrokerWorld(nodes, cluster.bootstrapServers), security: {} };
  });
}

/** One broker whose clients log in over TLS; the proxy before it has the same certificate and reads along. */
export function openSecureBroker(): Promise<OpenBrokers> {
  return opening(async (opened) => {
    const certificate = await selfSignedCertificate();
    opened.add({ [Symbol.asyncDispose]: () => Promise.resolve(certificate[Symbol.dispose]()) });
    const [key, cert] = await Promise.all(
      [certificate.keyFile, certificate.certificateFile].map((file) => readFile(file, 'utf8')),
    );
    let port = 0;
    const proxy = opened.add(
      await FaultProxy.start(() => port, { key: key ?? '', cert: cert ?? '', ca: cert ?? '' }),
    );
    const kafka = opened.add(await startSecureKafka({ certificate, advertisedPort: proxy.port }));
    port = kafka.ports.SASL_SSL;
    return {
      world: new BrokerWorld([{ server: kafka.server, proxy }], kafka.addresses.PLAINTEXT),
      security: {
        securityProtocol: 'SASL_SSL',
        saslMechanism: 'SCRAM-SHA-512',
        saslUsername: user,
        saslPassword: password,
        sslCa: kafka.ca,
      },
    };
  });
}
