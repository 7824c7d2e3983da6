import { type BadRequest, request } from './bad-request.js';

const essay = { userId: 'ada', title: 'On bad input', text: 'It is all in the answer.' };

const json = { 'content-type': 'application/json' };

function post(
  what: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = json,
): BadRequest {
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return { what, bytes: request('POST', '/api/v1/essays', { ...headers, ...length }, body) };
}

/** Without a length, or with one that is not that of the body. */
function raw(what: string, headers: Readonly<Record<string, string>>, body: string): BadRequest {
  return { what, bytes: request('POST', '/api/v1/essays', { ...json, ...headers }, body), ends: true };
}

const chunked = (what: string, body: string): BadRequest =>
  raw(what, { 'transfer-encoding': 'chunked' }, body);

const utf8 = (what: string, field: 'userId' | 'outside', ...bytes: readonly number[]): BadRequest => {
  const [before, after] =
    field === 'outside'
      ? ['', JSON.stringify(essay)]
      : ['{"userId":"', `","title":${JSON.stringify(essay.title)},"text":"x"}`];
  return post(what, Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]));
};

const broken = [
  '',
  '{',
  '}',
  '{"userId":}',
  "{'userId':'ada'}",
  '[1,2',
  '{"userId":"ada",}',
  'undefined',
  'NaN',
  '{"userId":"ada"}{"userId":"ada"}',
  '{"userId":"a\u0001"}',
  '{"userId":"\\x41"}',
  '// a comment\n{}',
];

const wrong: readonly unknown[] = [
  null,
  1,
  'text',
  true,
  [],
  [essay],
  {},
  { ...essay, userId: 1 },
  { ...essay, userId: { $gt: '' } },
  { ...essay, userId: 'a:b *' },
  { ...essay, title: '   ' },
  { ...essay, text: ['x'] },
  { ...essay, isAdmin: true },
];

/** Fifty bodies that no essay can be made of. */
export const badBodies: readonly BadRequest[] = [
  ...broken.map((body) => post(`broken JSON ${JSON.stringify(body)}`, body)),
  ...wrong.map((body) => post(`wrong types ${JSON.stringify(body)}`, JSON.stringify(body))),
  post('a text that is too long', JSON.stringify({ ...essay, text: 'x'.repeat(100_001) })),
  post('two megabytes', JSON.stringify({ ...essay, text: 'x'.repeat(2 * 2 ** 20) })),
  raw('a length of a hundred gigabytes', { 'content-length': '99999999999' }, '{'),
  ...[
    'text/plain',
    'application/xml',
    'multipart/form-data',
    'nonsense',
    'application/x-www-form-urlencoded',
  ].map((type) => post(`the type ${type}`, JSON.stringify(essay), { 'content-type': type })),
  post('no type', JSON.stringify(essay), {}),
  utf8('bytes that are no UTF-8', 'userId', 0xff, 0xfe),
  utf8('an overlong slash in UTF-8', 'userId', 0xc0, 0xaf),
  utf8('half a character in UTF-8', 'outside', 0xe2, 0x82),
  post('a hundred thousand arrays in each other', '['.repeat(100_000)),
  post('deep objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
  post('__proto__', `{"__proto__":{"isAdmin":true},"userId":"ada","title":"a","text":"b"}`),
  post(
    'constructor.prototype',
    `{"constructor":{"prototype":{"isAdmin":true}},"userId":"a","title":"a","text":"b"}`,
  ),
  post('gzip that is none', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), {
    ...json,
    'content-encoding': 'gzip',
  }),
  raw('less than its length', { 'content-length': '500' }, JSON.stringify(essay)),
  raw('no byte of its length', { 'content-length': '5' }, ''),
  chunked('a chunk whose size is no number', 'zz\r\n{}\r\n0\r\n\r\n'),
  chunked('a chunk of more bytes than there are', 'ffffffffffffffffff\r\n{}\r\n'),
  chunked('a chunk without its end', '2\r\n{}0\r\n\r\n'),
  chunked('chunks that do not end', '2\r\n{}\r\n'),
  raw(
    'a length and chunks',
    { 'content-length': '2', 'transfer-encoding': 'chunked' },
    '2\r\n{}\r\n0\r\n\r\n',
  ),
];
