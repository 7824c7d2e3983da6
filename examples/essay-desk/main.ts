import { KafkaSettings, RedisSettings, runApplication } from '../../src/index.js';
import { essayDesk } from './application.js';
import { HttpServer } from './http/server.js';

await runApplication(() => essayDesk(process.env), {
  onStarted: (desk) => {
    const url = desk.getSync(HttpServer).listeningOrigin;
    const isEmbedded = {
      REDIS_URL: desk.getSync(RedisSettings).url.startsWith('memory:'),
      KAFKA_BOOTSTRAP_SERVERS: desk.getSync(KafkaSettings).bootstrapServers.join().startsWith('memory:'),
    };
    const unset = Object.entries(isEmbedded).flatMap(([name, is]) => (is ? [name] : []));
    const note = unset.length === 0 ? '' : ` (embedded; for real servers set ${unset.join(' and ')})`;
    process.stderr.write(`The essay desk is open: ${url}${note}\n`);
  },
});
