import { type BadRequest, request } from './bad-request.js';

const served = (what: string, headers: Readonly<Record<string, string>>): BadRequest => ({
  what,
  bytes: request('GET', '/livez', headers),
  answer: 'served',
});

const idIs = (id: string): BadRequest =>
  served(`the correlation id ${JSON.stringify(id.slice(0, 30))}`, { 'x-correlation-id': id });

const traceIs = (text: string): BadRequest =>
  served(`the traceparent ${JSON.stringify(text.slice(0, 30))}`, { traceparent: text });

/** Lines as they are, after a first line that is right unless there is another. */
const lines = (what: string, text: string, first = 'GET /livez HTTP/1.1'): BadRequest => ({
  what,
  bytes: Buffer.from(`${first}\r\n${text}\r\n\r\n`, 'latin1'),
  ends: true,
});

const host = 'Host: localhost';

/** Fifty requests whose headers are not as they should be. */
export const badHeaders: readonly BadRequest[] = [
  ...['', 'a b', 'ä', '\u00e2\u0082\u00ac', 'x'.repeat(129), 'a\tb', '\u00ff'.repeat(20)].map(idIs),
  served('two correlation ids', { 'x-correlation-id': 'one', 'X-Correlation-ID': 'two' }),
  ...['garbage', '00-0-0-00', `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, '', 'x'.repeat(4_000), 'ä'].map(
    traceIs,
  ),
  served('a baggage that is none', { baggage: ',;=,,', tracestate: '===' }),
  served('an Accept that is none', { accept: ';q=,,*/*/*' }),
  served('a Cookie that is none', { cookie: '=;=;\u00ff' }),
  { ...lines('no host', 'X: a'), answer: 'bare' },
  { ...lines('an expectation that nobody has', `${host}\r\nExpect: 200-maybe`), answer: 'bare' },
  lines('two lengths', `${host}\r\nContent-Length: 1\r\nContent-Length: 2`, 'POST /api/v1/essays HTTP/1.1'),
  lines('a negative length', `${host}\r\nContent-Length: -1`, 'POST /api/v1/essays HTTP/1.1'),
  lines('a length that is no number', `${host}\r\nContent-Length: 0x10`, 'POST /api/v1/essays HTTP/1.1'),
  lines(
    'an unknown transfer encoding',
    `${host}\r\nTransfer-Encoding: magic`,
    'POST /api/v1/essays HTTP/1.1',
  ),
  lines(
    'chunks that are not last',
    `${host}\r\nTransfer-Encoding: chunked, gzip`,
    'POST /api/v1/essays HTTP/1.1',
  ),
  lines('a header of 40 kB', `${host}\r\nX: ${'x'.repeat(40_000)}`),
  lines(
    'a thousand headers',
    `${host}\r\n${Array.from({ length: 1_000 }, (_, index) => `X-${index}: ${'y'.repeat(20)}`).join('\r\n')}`,
  ),
  lines('a path of 40 kB', host, `GET /${'x'.repeat(40_000)} HTTP/1.1`),
  lines('a carriage return in a value', `${host}\r\nX: a\rb`),
  lines('a line feed in a correlation id', `${host}\r\nX-Correlation-ID: a\nSet-Cookie: b=c`),
  lines('a folded line', `${host}\r\nX: a\r\n\u0001b`),
  lines('a zero in a value', `${host}\r\nX: a\u0000b`),
  lines('a space before the colon', `${host}\r\nX : a`),
  lines('a name that is empty', `${host}\r\n: a`),
  lines('a line without a colon', `${host}\r\nBad Header`),
  lines('a name beyond ASCII', `${host}\r\nX-\u00e4: a`),
  lines('a name with brackets', `${host}\r\n(x): a`),
  lines('a delete character in a value', `${host}\r\nX-Correlation-ID: a\u007fb`),
  lines('half a version', host, 'GET /livez HTTP/1.'),
  lines('a version that is none', host, 'GET /livez HTTP/9.9'),
  lines('another protocol', host, 'GET /livez FTP/1.1'),
  lines('the beginning of HTTP/2', 'SM', 'PRI * HTTP/2.0'),
  lines('a method in small letters', host, 'get /livez HTTP/1.1'),
  lines('a method that is none', host, 'BREW /livez HTTP/1.1'),
  lines('a path without a slash', host, 'GET livez HTTP/1.1'),
  lines('a path with a zero', host, 'GET /li\u0000vez HTTP/1.1'),
  lines('a path with a broken escape', host, 'GET /api/v1/%zz HTTP/1.1'),
  lines('a path out of the root', host, 'GET /../../etc/passwd HTTP/1.1'),
  lines('the name of a component that is none', host, 'GET /api/v1/health/%00%ff HTTP/1.1'),
  lines('a space in the path', host, 'GET /liv ez HTTP/1.1'),
  {
    what: 'TLS on a plain port',
    bytes: Buffer.from('16030100a5010000a10303', 'hex'),
    ends: true,
  },
];
