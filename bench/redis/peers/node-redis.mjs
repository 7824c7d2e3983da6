import { createClient } from 'redis';

/** node-redis with its default options: one AbortSignal.timeout of 5 s for each command. */
export default async function nodeRedis(url) {
  const client = createClient({ url });
  client.on('error', (error) => {
    throw error;
  });
  await client.connect();
  return {
    name: 'node-redis',
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    stop: () => client.destroy(),
  };
}
