import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { fastify } from 'fastify';
import { expressErrors, fastifyErrors, nodeScopes } from '../../../src/index.js';
import { makeApplication, type Setting } from '../../support/http-kinds.js';

/** Of a body that is not sent in the end. */
const stale = { 'content-length': '5', 'content-encoding': 'gzip', etag: '"a"', 'set-cookie': 'kept=1' };

function fail(): never {
  throw new Error('the table is gone');
}

const kinds: readonly (readonly [name: string, make: (setting: Setting) => Server | Promise<Server>])[] = [
  [
    'node:http',
    ({ scopes }) =>
      createServer(
        nodeScopes(scopes, (_request, response) => {
          for (const [name, value] of Object.entries(stale)) response.setHeader(name, value);
          fail();
        }),
      ),
  ],
  [
    'Fastify 5',
    async () => {
      const server = fastify();
      server.setErrorHandler(fastifyErrors());
      server.get('/', (_request, reply) => {
        reply.headers(stale);
        fail();
      });
      await server.ready();
      return server.server;
    },
  ],
  [
    'Express 5',
    () => {
      const server = express();
      server.get('/', (_request, response) => {
        response.set(stale);
        fail();
      });
      server.use(expressErrors());
      return createServer(server);
    },
  ],
];

describe('The answer to an error', () => {
  let setting: Setting;

  before(async () => {
    setting = await makeApplication();
  });

  after(() => setting.app.stop());

  for (const [name, make] of kinds)
    it(`has no header of the body that the handler of ${name} had begun to tell of`, async () => {
      const server = (await make(setting)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      const body = await answer.text();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;

      expect(JSON.parse(body)).to.have.nested.property('error.code', 'UNKNOWN_ERROR');
      const { headers } = answer;
      expect(headers.get('content-length')).to.equal(String(body.length));
      expect([headers.get('content-encoding'), headers.get('etag')]).to.deep.equal([null, null]);
      expect(headers.get('set-cookie')).to.equal('kept=1');
    });
});
