import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

export interface ChildOptions {
  /** Over the environment of this process; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A process group of its own, as a terminal gives to each command. */
  readonly ownGroup?: boolean;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const live = new Set<Child>();
process.on('exit', () => {
  for (const child of live) child.kill();
});

/** A program that runs beside the tests, and all that it prints. */
export class Child implements AsyncDisposable {
  stdout = '';
  stderr = '';
  /** Resolves when it has ended and all that it printed is here. */
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #ownGroup: boolean;
  readonly #watchers = new Set<() => void>();
  #isRunning = true;

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#ownGroup = options.ownGroup ?? false;
    this.#process = spawn(command, args, {
      cwd: projectRoot,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: this.#ownGroup,
    });
    live.add(this);
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
      this.#look();
    });
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
      this.#look();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code, signal) => {
        this.#isRunning = false;
        live.delete(this);
        this.#look();
        resolve({ code, signal });
      });
    });
  }

  /** Runs a compiled file of the project, named by its source: `examples/essay-desk/main.ts`. */
  static node(file: string, options?: ChildOptions): Child {
    return new Child(process.execPath, [join('build', file.replace(/\.ts$/, '.js'))], options);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Waits until `pattern` was printed to either stream. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const watch = (): void => {
        const found = pattern.exec(this.stderr) ?? pattern.exec(this.stdout);
        if (found === null && this.#isRunning) return;
        this.#watchers.delete(watch);
        if (found !== null) resolve(found);
        else reject(new Error(`It ended without printing ${pattern}:\n${this.stdout}${this.stderr}`));
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  /** To the whole group where it has one of its own, as Ctrl-C in a terminal. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined || !this.#isRunning) return;
    if (this.#ownGroup) process.kill(-pid, signal);
    else this.#process.kill(signal);
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended;
  }

  #look(): void {
    for (const watch of this.#watchers) watch();
  }
}
