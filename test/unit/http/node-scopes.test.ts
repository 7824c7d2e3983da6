import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type HttpProblem, nodeScopes } from '../../../src/index.js';
import { makeApplication, type Setting } from '../../support/http-kinds.js';

function fail(): never {
  throw new Error('the table is gone');
}

describe(nodeScopes.name, () => {
  let setting: Setting;
  let server: Server;

  before(async () => {
    setting = await makeApplication();
  });

  after(() => setting.app.stop());

  afterEach(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });

  async function ask(problemOf: () => HttpProblem): Promise<Response> {
    server = createServer(nodeScopes(setting.scopes, fail, { problemOf })).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(10_000),
    });
  }

  const problem = { statusCode: 409, code: 'TAKEN', message: 'It is taken.' };

  it('answers as problemOf says', async () => {
    const response = await ask(() => problem);
    expect(response.status).to.equal(409);
    expect(await response.json()).to.have.nested.property('error.code', 'TAKEN');
  });

  const broken: readonly (readonly [string, () => HttpProblem, string])[] = [
    [
      'throws',
      () => {
        throw new TypeError('of undefined');
      },
      'problemOf failed',
    ],
    ...[1_000, 200, 404.5, Number.NaN].map(
      (statusCode) =>
        [
          `tells ${statusCode}`,
          () => ({ ...problem, statusCode }),
          'problemOf told a status that no error has',
        ] as const,
    ),
  ];
  for (const [what, problemOf, message] of broken) {
    it(`answers 500 and tells the log where problemOf ${what}`, async () => {
      const before = (await setting.logged()).length;
      const response = await ask(problemOf);
      expect(response.status).to.equal(500);
      expect(await response.json()).to.have.nested.property('error.code', 'UNKNOWN_ERROR');
      const lines = (await setting.logged()).slice(before);
      const line = lines.find((each) => each['message'] === message);
      expect(line).to.include({ level: 'error' });
      expect(line?.['correlation_id']).to.equal(response.headers.get('x-correlation-id'));
    });
  }

  it('cuts the connection where what problemOf tells cannot be sent', async () => {
    const sent = ask(() => ({ ...problem, retryAfterSeconds: '\r\n' as unknown as number }));
    const failure = await sent.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(TypeError).with.property('message', 'fetch failed');
  });
});
