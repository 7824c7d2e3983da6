import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const live = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of live) child.kill('SIGKILL');
});

const keptErrors = 4_000;

/** A process that answers each line it is asked with one line, and says `ready` first. */
export class BenchProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #answers: string[] = [];
  #errors = '';
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;

  private constructor(name: string, command: string, args: readonly string[]) {
    this.name = name;
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    live.add(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (this.#waiting) this.#waiting.resolve(line);
      else this.#answers.push(line);
      this.#waiting = undefined;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-keptErrors);
    });
    // It has ended, and that is told below.
    child.stdin.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      const end = (how: string): void => {
        live.delete(child);
        this.#waiting?.reject(new Error(`${name} ended with ${how}:\n${this.#errors}`));
        this.#waiting = undefined;
        resolve();
      };
      child.once('error', (error) => end(error.message));
      child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  static async start(name: string, command: string, args: readonly string[]): Promise<BenchProcess> {
    const started = new BenchProcess(name, command, args);
    const first = await started.#nextLine();
    if (first !== 'ready') throw new Error(`${name} said ${first} and not that it is ready.`);
    return started;
  }

  /** @throws Error if the answer is no number, with what the process wrote to stderr if it has ended. */
  async ask(question: string): Promise<number> {
    this.#child.stdin?.write(`${question}\n`);
    const line = await this.#nextLine();
    const answer = Number(line);
    if (line === '' || Number.isNaN(answer)) throw new Error(`${this.name} answered ${line} to ${question}.`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await this.#closed;
    clearTimeout(limit);
  }

  #nextLine(): Promise<string> {
    const line = this.#answers.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (!live.has(this.#child)) return Promise.reject(new Error(`${this.name} has ended:\n${this.#errors}`));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}
