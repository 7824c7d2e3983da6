import { Agent, get } from 'node:http';

/** What became of one request, as its client saw it. */
export type Outcome =
  /** The whole answer of that status. */
  | { readonly status: number; readonly body: string }
  /** No byte of an answer came, or not all. */
  | { readonly error: string };

/** Clients that keep their connections, one for each request at a time. */
export class Clients implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Never rejects. */
  ask(id: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void => resolve({ error: error.code ?? error.message });
      const request = get(`${this.#url}/work?id=${id}`, { agent: this.#agent }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.once('error', fail);
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.once('error', fail);
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
