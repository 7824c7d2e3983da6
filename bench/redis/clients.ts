import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RedisClient } from '../../src/index.js';
import { peersFolder } from '../install-peers.js';
import type { KeyValueClient } from './callers.js';

type MakeClient = (url: string) => Promise<KeyValueClient>;

type ReceiveMessage = (channel: string, message: string) => void;
type MakeSubscriber = (
  url: string,
  channels: readonly string[],
  receive: ReceiveMessage,
) => Promise<{ readonly stop: () => unknown }>;

/** A module of the packages to compare with, which are no dependencies of the project. */
async function peer<Module>(name: string): Promise<Module> {
  const file = join(peersFolder, 'redis', 'peers', `${name}.mjs`);
  return (await import(pathToFileURL(file).href)) as Module;
}

export async function slipway(url: string): Promise<KeyValueClient & { readonly client: RedisClient }> {
  const client = new RedisClient({ clientId: 'bench', url });
  await client.start();
  return {
    name: 'slipway',
    client,
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    stop: () => client.stop(),
  };
}

/** The clients that slipway's is compared with. */
export async function peerClients(url: string): Promise<readonly KeyValueClient[]> {
  const ioredis = await peer<{ default: MakeClient; ioredisAutopipeline: MakeClient }>('ioredis');
  const nodeRedis = await peer<{ default: MakeClient }>('node-redis');
  return [await ioredis.default(url), await ioredis.ioredisAutopipeline(url), await nodeRedis.default(url)];
}

export const naiveSubscriber: MakeSubscriber = async (...args) => {
  const ioredis = await peer<{ naiveSubscriber: MakeSubscriber }>('ioredis');
  return ioredis.naiveSubscriber(...args);
};
