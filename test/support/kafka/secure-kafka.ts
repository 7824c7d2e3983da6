import { readFile, writeFile } from 'node:fs/promises';
import { type Certificate, selfSignedCertificate } from '../certificate.js';
import { freePort } from '../servers/free-port.js';
import { type RunningKafka, startKafka } from '../servers/kafka-server.js';

export const user = 'ada';
export const password = 'hunter2-of-ada';

export interface SecureKafka extends AsyncDisposable {
  readonly server: RunningKafka;
  readonly ports: Readonly<Record<'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL', number>>;
  /** `127.0.0.1:<port>` by security protocol. */
  readonly addresses: Readonly<Record<'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL', string>>;
  /** PEM, which clients have to trust. */
  readonly ca: string;
  /** PEM of a client that the listener `SSL` trusts, the only one that asks. */
  readonly client: { readonly certificate: string; readonly key: string };
}

const at = (port: number): string => `127.0.0.1:${port}`;

export interface SecureKafkaOptions {
  /** What the broker shows. Default: one of its own. */
  readonly certificate?: Certificate;
  /** Where clients of the listener `SASL_SSL` are sent: to a proxy before it. */
  readonly advertisedPort?: number;
}

/** A Kafka that listens with each security protocol. */
export async function startSecureKafka(options: SecureKafkaOptions = {}): Promise<SecureKafka> {
  const own = options.certificate ?? (await selfSignedCertificate());
  const client = await selfSignedCertificate();
  const [certificate, key, clientCertificate, clientKey] = await Promise.all(
    [own.certificateFile, own.keyFile, client.certificateFile, client.keyFile].map((file) =>
      readFile(file, 'utf8'),
    ),
  );
  const keystore = `${own.keyFile}store`;
  await writeFile(keystore, `${key}${certificate}`);
  const listeners = { SSL: await freePort(), SASL_PLAINTEXT: await freePort(), SASL_SSL: await freePort() };
  const jaas = 'org.apache.kafka.common.security';
  const login: Record<string, string> = {};
  for (const listener of ['sasl_plaintext', 'sasl_ssl']) {
    const prefix = `listener.name.${listener}`;
    login[`${prefix}.plain.sasl.jaas.config`] =
      `${jaas}.plain.PlainLoginModule required user_${user}="${password}";`;
    for (const mechanism of ['scram-sha-256', 'scram-sha-512']) {
      login[`${prefix}.${mechanism}.sasl.jaas.config`] = `${jaas}.scram.ScramLoginModule required;`;
    }
  }
  const server = await startKafka({
    listeners: {
      ...listeners,
      SASL_SSL: { port: listeners.SASL_SSL, advertisedPort: options.advertisedPort ?? listeners.SASL_SSL },
    },
    scramUsers: { [user]: password },
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keystore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': client.certificateFile,
      'listener.name.ssl.ssl.client.auth': 'required',
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      ...login,
    },
  });
  return {
    server,
    ports: listeners,
    addresses: {
      PLAINTEXT: server.bootstrapServers,
      SSL: at(listeners.SSL),
      SASL_PLAINTEXT: at(listeners.SASL_PLAINTEXT),
      SASL_SSL: at(listeners.SASL_SSL),
    },
    ca: certificate ?? '',
    client: { certificate: clientCertificate ?? '', key: clientKey ?? '' },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      if (options.certificate === undefined) own[Symbol.dispose]();
      client[Symbol.dispose]();
    },
  };
}
