import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, now, setTimeout } from '../real-timers.js';
import { serversError } from '../testing-errors.js';

/**
 * Runs a command and ends it when the pipe to its own standard input closes, which the system does however this process
 * ends, by a SIGKILL too. Then the folder goes.
 */
const guard = `
exec 3<&0
folder=$1; shift
"$@" </dev/null >"$folder/output" 2>&1 3<&- &
pid=$!
(cat <&3 >/dev/null; kill "$pid" 2>/dev/null) &
wait "$pid"
rm -rf "$folder"
`;

const pollMs = 20;

export interface GuardedCommand {
  /** What errors call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Made by {@link newFolder}; it is removed when the process has ended. */
  readonly folder: string;
  /** Does it answer? */
  readonly probe: () => Promise<boolean>;
  readonly timeoutMs: number;
}

/** A folder of its own for the data of a server. */
export function newFolder(what: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `slipway-test-${what}-`));
}

/** A server that lives as long as this process at most. It keeps no process from ending, and is no leak of a test. */
export class GuardedProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, ended: Promise<void>) {
    this.#child = child;
    this.#ended = ended;
  }

  /** @throws SlipwayError SLIPWAY_TESTING_SERVERS with what it printed last, if it ends or does not answer in time. */
  static async start({
    name,
    command,
    args,
    folder,
    probe,
    timeoutMs,
  }: GuardedCommand): Promise<GuardedProcess> {
    const output = join(folder, 'output');
    // In a group of its own: a Ctrl-C is for the tests, which end it in order.
    const child = spawn('/bin/sh', ['-c', guard, 'guard', folder, command, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    const { stdin } = child;
    const over = new AbortController();
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        over.abort();
        stdin.end();
        resolve();
      };
      child.once('error', end);
      child.once('exit', end);
    });
    child.unref();
    // A pipe is a socket, whatever its type says.
    if (stdin instanceof Socket) stdin.unref();
    stdin.on('error', () => undefined);
    const started = new GuardedProcess(child, ended);
    const deadline = now() + timeoutMs;
    let printed = '';
    while (!over.signal.aborted && now() < deadline) {
      if (await probe()) return started;
      printed = await readFile(output, 'utf8').catch(() => printed);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    const why = over.signal.aborted ? 'ended' : `did not answer within ${timeoutMs} ms`;
    await started.stop();
    await rm(folder, { recursive: true, force: true });
    throw serversError(`${name} ${why}.\n${printed.slice(-2000)}`);
  }

  /** Ends the server, and resolves when it has ended. */
  async stop(): Promise<void> {
    const { stdin, pid } = this.#child;
    stdin?.end();
    this.#child.ref();
    const limit = setTimeout(() => {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    }, 10_000);
    await this.#ended;
    clearTimeout(limit);
    this.#child.unref();
  }
}
