import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../project-root.js';
import { CannotInstall, commandOf, obtainAll } from './install.js';

const run = promisify(execFile);
const pom = join(projectRoot, 'scripts', 'kafka', 'pom.xml');

export interface KafkaInstallation {
  readonly version: string;
  readonly folder: string;
  readonly jars: readonly string[];
  /** Parsed classes of an earlier start, which the JVM maps instead of loading them again. May not be there. */
  readonly classArchive: string;
}

async function download(folder: string): Promise<void> {
  const maven = await commandOf('maven');
  const unfinished = `${folder}.${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const goal = [
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${unfinished}`,
    ];
    await run(maven, ['-q', '-B', '-f', pom, ...goal], { maxBuffer: 2 ** 26 });
    // Renamed when whole: a cut download is never taken for an installation.
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (existsSync(folder)) return; // another run was faster
    throw new CannotInstall('Maven could not download the jars of Apache Kafka.', [], error);
  }
}

/** The jars that scripts/kafka/pom.xml names, in a folder under .cache/ for this very pom; downloaded if need be. */
export async function kafkaInstallation(): Promise<KafkaInstallation> {
  const text = await readFile(pom, 'utf8');
  const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(text)?.[1];
  if (version === undefined) throw new Error(`No <kafka.version> in ${pom}.`);
  const key = `${version}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
  const folder = join(projectRoot, '.cache', 'kafka', key);
  await obtainAll(existsSync(folder) ? ['java'] : ['java', 'maven']);
  if (!existsSync(folder)) await download(folder);
  const jars = (await readdir(folder)).filter((name) => name.endsWith('.jar')).toSorted();
  return {
    version,
    folder,
    jars: jars.map((name) => join(folder, name)),
    classArchive: `${folder}.jsa`,
  };
}

/** Flags for a JVM that starts fast, stays small and logs warnings only. */
export function javaFlags(installation: KafkaInstallation): string[] {
  const { classArchive, jars } = installation;
  return [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
    ...(existsSync(classArchive) ? [`-XX:SharedArchiveFile=${classArchive}`] : []),
    '-Djava.net.preferIPv4Stack=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    jars.join(':'),
  ];
}
