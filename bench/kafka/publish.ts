import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { node24 } from '../../test/support/node-24.js';
import { projectRoot } from '../../test/support/project-root.js';
import { pythonOfOriginal } from '../../test/support/python.js';
import { CannotInstall } from '../../test/support/servers/install.js';
import type { Contender } from '../measure/race.js';
import type { BenchKafka } from './bench-kafka.js';
import { BenchProcess } from './bench-process.js';
import { wireEvent } from './sample.js';

export type Link = keyof BenchKafka['servers'];

export interface Publishers extends AsyncDisposable {
  readonly all: readonly BenchProcess[];
  /** Who could not take part, and why. */
  readonly missing: readonly string[];
}

interface Publisher {
  readonly name: string;
  /** The program and what stands before the address and the topic. */
  readonly command: () => Promise<readonly [string, string]>;
  readonly more?: readonly string[];
}

function compiled(name: string): string {
  return fileURLToPath(new URL(`publishers/${name}.js`, import.meta.url));
}

const publishers: readonly Publisher[] = [
  { name: 'slipway', command: () => Promise.resolve([process.execPath, compiled('slipway')]) },
  { name: 'kafkajs', command: () => Promise.resolve([process.execPath, compiled('kafkajs')]) },
  { name: 'platformatic', command: async () => [await platformaticNode(), compiled('platformatic')] },
  {
    name: 'aiokafka',
    command: async () => [
      await pythonOfOriginal(),
      join(projectRoot, 'bench', 'kafka', 'publishers', 'with_aiokafka.py'),
    ],
    more: [JSON.stringify(wireEvent())],
  },
];

/** It needs a newer Node than slipway does. */
async function platformaticNode(): Promise<string> {
  try {
    return await node24();
  } catch (error) {
    throw new CannotInstall('npm could not install a Node 24.', [], error);
  }
}

/** One process for each client, connected, with a topic of its own. */
export async function startPublishers(
  kafka: BenchKafka,
  link: Link,
  names: readonly string[],
): Promise<Publishers> {
  const all: BenchProcess[] = [];
  const missing: string[] = [];
  for (const { name, command, more = [] } of publishers.filter((each) => names.includes(each.name))) {
    try {
      const [program, file] = await command();
      const topic = `publish-${name}-${link}`;
      await kafka.createTopic(topic);
      all.push(await BenchProcess.start(name, program, [file, kafka.servers[link], topic, ...more]));
    } catch (error) {
      if (!(error instanceof CannotInstall)) throw error;
      missing.push(`${name}: ${error.message}`);
    }
  }
  return {
    all,
    missing,
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

/** One time of the work is one publish of each of `callers`, who await it before they publish again. */
export function publishContender(publisher: BenchProcess, callers: number): Contender {
  return {
    name: publisher.name,
    run: () => Promise.reject(new Error('It times itself.')),
    timed: (times) => publisher.ask(`run ${callers} ${times}`),
  };
}
