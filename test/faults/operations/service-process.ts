import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../../support/child.js';

export interface Answer {
  /** 0 where the connection was refused or broken. */
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}

/** Longer than anything may take: it only ends what hangs. */
const hangMs = 60_000;

/** The service of the cells, and what is asked of it. */
export class ServiceProcess extends Child {
  url = '';

  static launch(env: Readonly<Record<string, string>>): ServiceProcess {
    return new ServiceProcess(process.execPath, ['build/test/faults/operations/service.js'], { env });
  }

  async untilListening(): Promise<void> {
    const [, url = ''] = await this.until(/Listening on (\S+)/);
    this.url = url;
  }

  ask(path: string, method = 'GET'): Promise<Answer> {
    const begunAt = performance.now();
    return new Promise((resolve) => {
      const end = (status: number, body = ''): void =>
        resolve({ status, body, ms: performance.now() - begunAt });
      const asked = request(`${this.url}${path}`, { method, agent: false, timeout: hangMs }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.once('end', () => end(response.statusCode ?? 0, body));
        response.once('error', () => end(0));
      });
      asked.once('timeout', () => asked.destroy());
      asked.once('error', () => end(0));
      asked.end();
    });
  }

  /** Resolves with the milliseconds until `path` is answered with `status`, or with undefined after `limitMs`. */
  async untilStatus(path: string, status: number, limitMs: number): Promise<number | undefined> {
    const begunAt = performance.now();
    while (performance.now() - begunAt < limitMs) {
      if ((await this.ask(path)).status === status) return Math.round(performance.now() - begunAt);
      await sleep(50);
    }
    return undefined;
  }
}
