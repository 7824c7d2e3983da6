import { connect } from 'node:net';
import { goodUpgrade } from './frames.js';

/** How a WebSocket ended. */
export interface Closed {
  /** Of the first line of the answer. */
  readonly status: number;
  /** Undefined: the connection broke without one. */
  readonly code: number | undefined;
}

/** Only ends what hangs. */
const hangMs = 60_000;
const endOfHead = '\r\n\r\n';

/** Opens a WebSocket, waits for its first frame, sends bytes and reads how it is closed. Never rejects. */
export function sendFrames(port: number, bytes: Buffer): Promise<Closed> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let isSent = false;
    const socket = connect(port, '127.0.0.1', () => socket.write(goodUpgrade));
    socket.setTimeout(hangMs, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const opcodes = framesOf(received).map(({ opcode }) => opcode);
      if (opcodes.length > 0 && !isSent) {
        isSent = true;
        socket.write(bytes);
      }
      if (opcodes.includes(8)) socket.destroy();
    });
    socket.once('close', () => {
      const payload = framesOf(received).find(({ opcode }) => opcode === 8)?.payload;
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(received.toString('latin1'))?.[1] ?? 0),
        code: payload !== undefined && payload.length >= 2 ? payload.readUInt16BE(0) : undefined,
      });
    });
  });
}

interface Received {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The whole frames of a server, which masks none; of the lengths that this one sends. */
function framesOf(received: Buffer): readonly Received[] {
  const head = received.indexOf(endOfHead);
  const frames: Received[] = [];
  if (head === -1) return frames;
  let at = head + endOfHead.length;
  for (;;) {
    const [first, second] = received.subarray(at, at + 2);
    if (first === undefined || second === undefined) return frames;
    const isLong = second === 126;
    if (isLong && received.length < at + 4) return frames;
    const begin = at + (isLong ? 4 : 2);
    const length = isLong ? received.readUInt16BE(at + 2) : second;
    if (received.length < begin + length) return frames;
    frames.push({ opcode: first & 0x0f, payload: received.subarray(begin, begin + length) });
    at = begin + length;
  }
}
