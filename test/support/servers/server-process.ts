import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { TemporaryFolder } from '../temporary-folder.js';

/** What every server of the tests can do. */
export interface RunningServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Ends the server in order, by force after its limit. Its data stay for `restart()`. */
  stop(): Promise<void>;
  /** SIGKILL, awaited. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `stop()` or `kill()`, or stops it first. */
  restart(): Promise<void>;
  /** Freezes the server with its connections open (SIGSTOP). */
  pause(): void;
  resume(): void;
  /** Stops the server for good and removes its data. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServerDescription {
  /** How errors call it. */
  readonly name: string;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  /** Disposed of with the server. */
  readonly data: TemporaryFolder;
  /** Resolves to true once the server answers. Called again and again until then. */
  readonly probe: () => Promise<boolean>;
  /** Default 30000. */
  readonly startTimeoutMs?: number;
  /** How long SIGTERM may take before SIGKILL. Default 10000. */
  readonly stopTimeoutMs?: number;
}

const keptOutput = 4_000;
const live = new Set<ServerProcess>();

// The last resort, for a run that ends without its tear-down. It cannot wait, so it kills.
process.on('exit', () => {
  for (const server of live) server.abandon();
  TemporaryFolder.removeAll();
});

/** A server that runs as a child process. */
export class ServerProcess implements RunningServer {
  readonly #description: ServerDescription;
  #child: ChildProcess | undefined;
  #closed: Promise<void> = Promise.resolve();
  #output = '';

  private constructor(description: ServerDescription) {
    this.#description = description;
  }

  /** Resolves once the server's probe succeeds; rejects with its last output if it ends or is too slow. */
  static async start(description: ServerDescription): Promise<ServerProcess> {
    const server = new ServerProcess(description);
    live.add(server);
    try {
      await server.#start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get port(): number {
    return this.#description.port;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#description.name} is not running.`);
    return pid;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), this.#description.stopTimeoutMs ?? 10_000);
    await this.#closed;
    clearTimeout(limit);
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#closed;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    live.delete(this);
    this.#description.data[Symbol.dispose]();
  }

  /** Kills without waiting: for the moment in which this process ends. */
  abandon(): void {
    this.#child?.kill('SIGKILL');
  }

  async #start(): Promise<void> {
    const { name, command, args, probe, startTimeoutMs = 30_000 } = this.#description;
    this.#output = '';
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-keptOutput);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#child = child;
    let ended: string | undefined;
    this.#closed = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        ended = error.message;
        if (child.pid === undefined) resolve();
      });
      child.once('close', (code, signal) => {
        ended ??= `it ended with ${signal ?? `exit code ${code}`}`;
        resolve();
      });
    }).then(() => {
      if (this.#child === child) this.#child = undefined;
    });

    const deadline = Date.now() + startTimeoutMs;
    while (!(await probe())) {
      if (ended !== undefined) throw new Error(`${name} did not start: ${ended}.\n${this.#output}`);
      if (Date.now() > deadline) {
        await this.kill();
        throw new Error(`${name} did not answer within ${startTimeoutMs} ms.\n${this.#output}`);
      }
      await delay(20);
    }
    // Something else may have taken the port first and answered the probe.
    if (ended !== undefined) throw new Error(`${name} did not start: ${ended}.\n${this.#output}`);
  }
}
