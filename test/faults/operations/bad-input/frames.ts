import { type BadRequest, request } from './bad-request.js';

export interface BadFrames {
  readonly what: string;
  readonly bytes: Buffer;
  /** The codes of RFC 6455 it may be closed with. */
  readonly codes: readonly number[];
}

interface Frame {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  readonly isLast?: boolean;
  /** Of 7, for the three bits after the first. */
  readonly reserved?: number;
  readonly isMasked?: boolean;
  /** What it says of its length. Default: what is true. */
  readonly length?: Buffer;
}

const [continuation, text, binary, close, ping, pong] = [0, 1, 2, 8, 9, 10];
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

function frame({
  opcode,
  payload = '',
  isLast = true,
  reserved = 0,
  isMasked = true,
  length,
}: Frame): Buffer {
  const content = Buffer.from(payload);
  const told = length ?? lengthOf(content.length);
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = Buffer.concat([Buffer.from([first]), told]);
  if (!isMasked) return Buffer.concat([head, content]);
  head[1] = (head[1] ?? 0) | 0x80;
  const masked = content.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

function lengthOf(length: number): Buffer {
  if (length < 126) return Buffer.from([length]);
  const long = Buffer.from([126, 0, 0]);
  long.writeUInt16BE(length, 1);
  return long;
}

function hugeLength(length: bigint): Buffer {
  const told = Buffer.alloc(9);
  told[0] = 127;
  told.writeBigUInt64BE(length, 1);
  return told;
}

const bad = (what: string, codes: readonly number[], ...frames: readonly Frame[]): BadFrames => ({
  what,
  codes,
  bytes: Buffer.concat(frames.map(frame)),
});

function closing(code: number, reason: Buffer | string = ''): Frame {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return { opcode: close, payload: Buffer.concat([payload, Buffer.from(reason)]) };
}

const notUtf8: Readonly<Record<string, readonly number[]>> = {
  'bytes of no character': [0xff, 0xfe],
  'an overlong slash': [0xc0, 0xaf],
  'a surrogate': [0xed, 0xa0, 0x80],
  'a character beyond the last': [0xf5, 0x80, 0x80, 0x80],
  'half a character': [0xe2, 0x82],
};

/** Frames of a client that is let in and then does not keep to the protocol. */
export const badFrames: readonly BadFrames[] = [
  ...[text, binary, ping, close].map((opcode) =>
    bad(`opcode ${opcode} without a mask`, [1002], { opcode, payload: 'ab', isMasked: false }),
  ),
  ...[1, 2, 4, 7].map((reserved) =>
    bad(`reserved bits ${reserved}`, [1002], { opcode: text, payload: 'a', reserved }),
  ),
  bad('a reserved bit of a ping', [1002], { opcode: ping, reserved: 4 }),
  ...[3, 5, 7, 11, 13, 15].map((opcode) => bad(`opcode ${opcode}`, [1002], { opcode, payload: 'a' })),
  bad('five thousand bytes', [1009], { opcode: text, payload: 'x'.repeat(5_000) }),
  bad(
    'five thousand bytes in two',
    [1009],
    { opcode: text, payload: 'x'.repeat(3_000), isLast: false },
    { opcode: continuation, payload: 'x'.repeat(2_000) },
  ),
  bad('a length of eight gigabytes', [1009], { opcode: binary, length: hugeLength(2n ** 33n) }),
  bad('a length beyond all numbers', [1002, 1009], { opcode: binary, length: hugeLength(2n ** 63n) }),
  ...Object.entries(notUtf8).map(([what, bytes]) =>
    bad(`${what} in a text`, [1007], { opcode: text, payload: Buffer.from(bytes) }),
  ),
  bad(
    'no UTF-8 over two frames',
    [1007],
    { opcode: text, payload: Buffer.from([0xe2]), isLast: false },
    { opcode: continuation, payload: 'a' },
  ),
  bad('a continuation of nothing', [1002], { opcode: continuation, payload: 'a' }),
  bad(
    'a text within a text',
    [1002],
    { opcode: text, payload: 'a', isLast: false },
    { opcode: text, payload: 'b' },
  ),
  bad(
    'bytes within a text',
    [1002],
    { opcode: text, payload: 'a', isLast: false },
    { opcode: binary, payload: 'b' },
  ),
  bad('a ping in parts', [1002], { opcode: ping, isLast: false }),
  bad('a pong of 126 bytes', [1002], { opcode: pong, payload: 'x'.repeat(126) }),
  bad('a close of one byte', [1002], { opcode: close, payload: 'a' }),
  ...[0, 999, 1005, 1006, 1015, 5_000].map((code) => bad(`the close code ${code}`, [1002], closing(code))),
  bad('a reason that is no UTF-8', [1007], closing(1000, Buffer.from([0xff]))),
];

const upgrade = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  authorization: 'User ada',
};

/** A client that keeps to the protocol, until its frames. */
export const goodUpgrade = request('GET', '/ws', upgrade);

function refused(
  what: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  path = '/ws',
): BadRequest {
  return { what, bytes: request(method, path, { ...upgrade, ...headers }) };
}

/** Clients that are not let in. With the frames they are fifty. */
export const badUpgrades: readonly BadRequest[] = [
  refused('nobody', { authorization: '' }),
  refused('somebody unknown', { authorization: 'Bearer ada' }),
  refused('a page of another site', { origin: 'https://elsewhere.example' }),
  refused('a page of no site', { origin: 'null' }),
  refused('an origin that is none', { origin: 'nonsense' }),
  refused('the version 12', { 'sec-websocket-version': '12' }),
  refused('a key that is none', { 'sec-websocket-key': 'short' }),
  refused('no key', { 'sec-websocket-key': '' }),
  refused('a POST', {}, 'POST'),
  refused('another path', {}, 'GET', '/nowhere'),
  refused('another protocol', { upgrade: 'h2c' }),
  refused('protocols that are none', { 'sec-websocket-protocol': ',,' }),
];
