// Redis and Kafka in the foreground, for working by hand. Ctrl-C stops both.
import { startKafka } from '../build/test/support/servers/kafka-server.js';
import { startRedis } from '../build/test/support/servers/redis-server.js';

const started = [];

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  clearInterval(waiting);
  console.error('Stopping.');
  await Promise.all(started.map((server) => server[Symbol.asyncDispose]()));
}

// The servers get a terminal's Ctrl-C too and stop by themselves: this waits for them and clears their data away.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop());
const waiting = setInterval(() => undefined, 60_000);

async function start(startServer) {
  const server = await startServer();
  started.push(server);
  if (stopping) await server[Symbol.asyncDispose]();
  return server;
}

try {
  const [redis, kafka] = await Promise.all([start(startRedis), start(startKafka)]);
  if (!stopping) {
    console.log(`export REDIS_URL=${redis.url}
export KAFKA_BOOTSTRAP_SERVERS=${kafka.bootstrapServers}
export SLIPWAY_TEST_REDIS_URL=${redis.url}
export SLIPWAY_TEST_KAFKA=${kafka.bootstrapServers}`);
    console.error('Both run until Ctrl-C.');
  }
} catch (error) {
  if (!stopping) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  await stop();
}
