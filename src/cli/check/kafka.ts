import type { KafkaDriver } from '../../kafka/producer-port.js';
import { kafkaConnection } from '../../kafka/connection.js';
import { resolveDriver } from '../../kafka/resolve-driver.js';
import type { KafkaSettings } from '../../protocols/settings.js';
import { clusterOf } from './cluster-of.js';
import { explainKafka, timeoutFix } from './kafka-faults.js';
import { checkTopic } from './kafka-topic.js';
import { askKafka } from './kafka-protocol.js';
import { connectTcp, resolveHost, shownTarget, type Target } from './network.js';
import { reachable } from './reachable.js';
import type { CheckRun, Outcome } from './run.js';
import type { TlsCheck } from './tls.js';

const ofTopic = ['kafka.topic', 'kafka.produce', 'kafka.read'];

/** Kafka from the names of its servers to a message that is read back. */
export async function checkKafka(
  run: CheckRun,
  settings: KafkaSettings,
  topic: string | undefined,
): Promise<void> {
  const driver = resolveDriver(settings);
  if (driver.name !== 'memory' && !(await speaks(run, settings))) {
    run.skip(['kafka.auth', 'kafka.brokers', ...ofTopic], 'Kafka was not reached');
    return;
  }
  if (!(await checkCluster(run, settings, driver))) {
    run.skip(ofTopic, 'there is no connection');
    return;
  }
  if (topic === undefined)
    run.skip(ofTopic, 'not asked for: --topic <name> writes a message and reads it back');
  else await checkTopic(run, settings, driver, topic);
}

/** Name, TCP, TLS and protocol of each server. */
async function speaks(run: CheckRun, settings: KafkaSettings): Promise<boolean> {
  const targets = settings.bootstrapServers.map(targetOf);
  const tls = tlsOf(settings);
  const left = await reachable(run, 'kafka', targets, tls && ((target) => tlsCheck(target, tls)));
  let speaking = 0;
  for (const [index, target] of left.entries()) {
    const answered = await run.step({
      id: 'kafka.protocol',
      target: shownTarget(target),
      hasAlternative: speaking > 0 || index < left.length - 1,
      // Sooner than the step ends: silence tells something here.
      work: () => protocolOf(target, settings, AbortSignal.timeout(run.timeoutMs * 0.8)),
      onTimeout: timeoutFix(settings),
    });
    if (answered !== undefined) speaking += 1;
  }
  return speaking > 0;
}

function targetOf(address: string): Target {
  const colon = address.lastIndexOf(':');
  return {
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
    variable: 'KAFKA_BOOTSTRAP_SERVERS',
    server: 'Kafka',
  };
}

function tlsOf(settings: KafkaSettings) {
  return kafkaConnection(settings.bootstrapServers, settings).tls;
}

function tlsCheck(target: Target, options: TlsCheck['options']): TlsCheck {
  return {
    options,
    caVariable: 'KAFKA_SSL_CA',
    plainFix:
      'Set KAFKA_SECURITY_PROTOCOL to PLAINTEXT, or SASL_PLAINTEXT with a login, or give the port of a listener with TLS.',
    nameFix:
      'Write a name of the certificate into KAFKA_BOOTSTRAP_SERVERS, or give the broker a certificate for this name.',
    speaksPlain: async (signal) => (await askKafka(target, undefined, signal)).kind === 'kafka',
  };
}

async function protocolOf(
  target: Target,
  settings: KafkaSettings,
  signal: AbortSignal,
): Promise<Outcome<undefined>> {
  const answer = await askKafka(target, tlsOf(settings), signal);
  const where = shownTarget(target);
  switch (answer.kind) {
    case 'kafka': {
      const version = answer.release === undefined ? '' : `, version ${answer.release} or later`;
      return { detail: `Kafka with ${answer.requests} kinds of requests${version}`, value: undefined };
    }
    case 'tls-alert':
      return {
        failed: `Kafka speaks TLS on ${where}, and KAFKA_SECURITY_PROTOCOL is ${settings.securityProtocol ?? 'PLAINTEXT'}`,
        fix: 'Set KAFKA_SECURITY_PROTOCOL to SSL, or SASL_SSL with a login, or give the port of a listener without TLS.',
      };
    case 'silence':
      return tlsOf(settings) === undefined
        ? {
            failed: `${where} takes the connection and hangs up or says nothing when spoken to in Kafka's protocol`,
            fix: "Check that this is the port of a Kafka listener and not of its controller or of another server; see the broker's log.",
          }
        : {
            failed: `${where} hangs up after the TLS handshake, as a broker does that wants a certificate of the client`,
            fix: 'Set KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY to a certificate that the broker trusts.',
          };
    case 'other':
      return {
        failed: `no Kafka listens on ${where}: it said ${JSON.stringify(answer.text)}`,
        fix: 'Correct host and port in KAFKA_BOOTSTRAP_SERVERS: another server listens there.',
      };
    default:
      return answer satisfies never;
  }
}

/** The login, and the brokers as they want to be reached. */
async function checkCluster(run: CheckRun, settings: KafkaSettings, driver: KafkaDriver): Promise<boolean> {
  if (driver.describeCluster === undefined) {
    run.skip(['kafka.auth', 'kafka.brokers'], `the driver ${driver.name} cannot ask; kafka.produce logs in`);
    return true;
  }
  const described = await run.step({
    id: 'kafka.auth',
    target: driver.address,
    work: async () => {
      const cluster = await clusterOf(run, settings, driver);
      const login = settings.saslUsername === undefined ? 'no login' : `as ${settings.saslUsername}`;
      const id = cluster?.clusterId === undefined ? '' : `, cluster ${cluster.clusterId}`;
      const brokers = cluster?.brokers ?? [];
      const count = `${brokers.length} broker${brokers.length === 1 ? '' : 's'}`;
      return { detail: `${login}${id}, ${count}`, value: brokers };
    },
    explain: (error) => explainKafka(error, settings),
    onTimeout: timeoutFix(settings),
  });
  if (described === undefined) {
    run.skip(['kafka.brokers'], 'there is no connection');
    return false;
  }
  let reached = 0;
  const brokers = described.value;
  for (const [index, { id, host, port }] of brokers.entries()) {
    const target: Target = { host, port, variable: 'advertised.listeners', server: 'Kafka' };
    const answered = await run.step({
      id: 'kafka.brokers',
      target: shownTarget(target),
      hasAlternative: reached > 0 || index < brokers.length - 1,
      work: (signal) => advertised(id, target, signal),
      onTimeout: advertisedFix(target),
    });
    if (answered !== undefined) reached += 1;
  }
  return reached > 0 || brokers.length === 0;
}

async function advertised(id: number, target: Target, signal: AbortSignal): Promise<Outcome<undefined>> {
  const resolved = await resolveHost(target);
  const outcome = 'failed' in resolved ? resolved : await connectTcp(target, signal);
  if (!('failed' in outcome)) return { detail: `broker ${id} is there too`, value: undefined };
  return {
    failed: `broker ${id} wants to be reached at ${shownTarget(target)}: ${outcome.failed}`,
    fix: advertisedFix(target),
  };
}

const advertisedFix = (target: Target): string =>
  `Set advertised.listeners of the broker to an address that this machine reaches, or make ${target.host} known here.`;
