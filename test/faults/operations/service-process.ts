import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Child } from '../../support/child.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';
import { type Note, readJournal } from './journal.js';

export interface Answer {
  /** 0 where the connection was refused or broken. */
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
  readonly ms: number;
}

/** Longer than anything may take: it only ends what hangs. */
const hangMs = 60_000;

/** The service of the cells, and what is asked of it. */
export class ServiceProcess extends Child {
  url = '';
  /** All that it answered. */
  readonly bodies = new Set<string>();
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder, env: Readonly<Record<string, string>>) {
    const journal = join(folder.path, 'journal');
    // There also if the service ends before it writes.
    writeFileSync(journal, '');
    super(process.execPath, ['build/test/faults/operations/service.js'], {
      env: { ...env, WORK_JOURNAL: journal },
    });
    this.#folder = folder;
  }

  static launch(env: Readonly<Record<string, string>>): ServiceProcess {
    return new ServiceProcess(new TemporaryFolder('service'), env);
  }

  /** What it has been doing. */
  get journal(): readonly Note[] {
    return readJournal(join(this.#folder.path, 'journal'));
  }

  async untilListening(): Promise<void> {
    const [, url = ''] = await this.until(/Listening on (\S+)/);
    this.url = url;
  }

  work(id: string): Promise<Answer> {
    return this.ask(`/work?id=${id}`, 'POST');
  }

  ask(path: string, method = 'GET'): Promise<Answer> {
    const begunAt = performance.now();
    return new Promise((resolve) => {
      const end = (status: number, body = '', retryAfter?: string): void => {
        this.bodies.add(body);
        resolve({ status, body, retryAfter, ms: performance.now() - begunAt });
      };
      const asked = request(`${this.url}${path}`, { method, agent: false, timeout: hangMs }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.once('end', () => end(response.statusCode ?? 0, body, response.headers['retry-after']));
        response.once('error', () => end(0));
      });
      asked.once('timeout', () => asked.destroy());
      asked.once('error', () => end(0));
      asked.end();
    });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}
