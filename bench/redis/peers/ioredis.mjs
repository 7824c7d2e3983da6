import { Redis } from 'ioredis';

/** ioredis as it comes: no deadline for a command. */
export default async function ioredis(url) {
  return withOptions('ioredis', url, {});
}

export async function ioredisAutopipeline(url) {
  return withOptions('ioredis-autopipeline', url, { enableAutoPipelining: true });
}

async function withOptions(name, url, options) {
  const client = new Redis(url, { lazyConnect: true, ...options });
  await client.connect();
  return {
    name,
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    stop: () => client.disconnect(),
  };
}

/**
 * One connection, and for each subscription a listener that takes what is its own: what one writes with ioredis as
 * long as there are few.
 */
export async function naiveSubscriber(url, channels, receive) {
  const client = new Redis(url, { lazyConnect: true });
  client.setMaxListeners(0);
  await client.connect();
  await client.subscribe(...channels);
  for (const own of channels) {
    client.on('message', (channel, message) => {
      if (channel === own) receive(channel, message);
    });
  }
  return { stop: () => client.disconnect() };
}
