// What the pages of health are measured against: a server of node:http that answers a constant.
import { createServer } from 'node:http';
import { measureProcess } from './figures.js';

const tellFigures = measureProcess();
const body = JSON.stringify({ status: 'alive' });
const headers = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'content-length': Buffer.byteLength(body),
};
const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  if (!tellFigures(request, response)) response.writeHead(200, headers).end(body);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { readonly port: number };
  process.stderr.write(`Listening on http://127.0.0.1:${port}\n`);
});
