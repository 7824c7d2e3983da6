import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program or its files are neither here nor to be had. */
export class CannotInstall extends Error {
  /** What the package manager of this platform calls what is missing; empty where it is something else. */
  readonly packages: readonly string[];

  constructor(what: string, packages: readonly string[], cause?: unknown) {
    super(what, { cause });
    this.name = 'CannotInstall';
    this.packages = packages;
  }
}

interface Tool {
  readonly debian: string;
  readonly homebrew: string;
  /** The command to call it by, or undefined where it is missing or too old. */
  readonly find: () => Promise<string | undefined>;
}

async function outputOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args);
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

async function findJava(): Promise<string | undefined> {
  const home = process.env['JAVA_HOME'] ?? '';
  for (const command of home === '' ? ['java'] : [`${home}/bin/java`, 'java']) {
    const major = /version "(\d+)/.exec((await outputOf(command, ['-version'])) ?? '')?.[1];
    if (Number(major) >= 17) return command;
  }
  return undefined;
}

const tools = {
  redis: {
    debian: 'redis-server',
    homebrew: 'redis',
    find: async () => (await outputOf('redis-server', ['--version'])) && 'redis-server',
  },
  java: { debian: 'openjdk-17-jre-headless', homebrew: 'openjdk@17', find: findJava },
  maven: {
    debian: 'maven',
    homebrew: 'maven',
    find: async () => (await outputOf('mvn', ['--version'])) && 'mvn',
  },
  chromium: {
    debian: 'chromium',
    homebrew: 'chromium',
    // The library that drives it asks for a path.
    find: async () => (await outputOf('sh', ['-c', 'command -v chromium']))?.trim(),
  },
  python: {
    debian: 'python3-venv',
    homebrew: 'python',
    // Debian's python3 alone makes no environments.
    find: async () =>
      (await outputOf('python3', ['-c', 'import ensurepip, venv'])) === undefined ? undefined : 'python3',
  },
} satisfies Record<string, Tool>;

/** The shell command with which the person at the keyboard installs these packages. */
export function installCommand(packages: readonly string[]): string {
  return process.platform === 'darwin'
    ? `brew install ${packages.join(' ')}`
    : `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
}

function packageOf(tool: Tool): string {
  return process.platform === 'darwin' ? tool.homebrew : tool.debian;
}

let updated: Promise<unknown> | undefined;
// dpkg takes one caller at a time.
let lastInstall: Promise<unknown> = Promise.resolve();

async function aptInstall(name: string): Promise<void> {
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 2 ** 26 };
  updated ??= run('apt-get', ['update', '-qq'], options);
  await updated;
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
}

async function obtain(what: keyof typeof tools): Promise<string> {
  const tool: Tool = tools[what];
  const here = await tool.find();
  if (here !== undefined) return here;
  if (process.getuid?.() !== 0 || (await outputOf('apt-get', ['--version'])) === undefined) {
    throw new CannotInstall(`${packageOf(tool)} is not installed.`, [packageOf(tool)]);
  }
  process.stderr.write(`Installing ${tool.debian} for the tests.\n`);
  const mine = lastInstall.then(() => aptInstall(tool.debian));
  lastInstall = mine.catch(() => undefined);
  try {
    await mine;
  } catch (error) {
    throw new CannotInstall(`apt-get could not install ${tool.debian}.`, [tool.debian], error);
  }
  const installed = await tool.find();
  if (installed === undefined) throw new CannotInstall(`${tool.debian} does not run.`, [tool.debian]);
  return installed;
}

const obtained = new Map<keyof typeof tools, Promise<string>>();

/** The command of a tool; installed by apt-get where it is missing and this process is root on Debian. */
export function commandOf(what: keyof typeof tools): Promise<string> {
  let command = obtained.get(what);
  if (command === undefined) obtained.set(what, (command = obtain(what)));
  return command;
}

/** Obtains all of these tools, or rejects with all that are missing. */
export async function obtainAll(names: readonly (keyof typeof tools)[]): Promise<void> {
  const failures: CannotInstall[] = [];
  for (const outcome of await Promise.allSettled(names.map(commandOf))) {
    if (outcome.status === 'fulfilled') continue;
    if (!(outcome.reason instanceof CannotInstall)) throw outcome.reason;
    failures.push(outcome.reason);
  }
  if (failures.length === 0) return;
  const what = failures.map((failure) => failure.message).join(' ');
  throw new CannotInstall(
    what,
    failures.flatMap((failure) => failure.packages),
    failures[0]?.cause,
  );
}
