import { connect } from 'node:net';

/**
 * Sends `request` to 127.0.0.1 and gives what came back once `whole` says that it is an answer. Undefined where nobody
 * listens, the connection breaks or `timeoutMs` pass: a probe asks again.
 */
export function ask(
  port: number,
  request: Buffer,
  whole: (received: Buffer) => boolean,
  timeoutMs = 1_000,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let answer: Buffer | undefined;
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(request));
    socket.setTimeout(timeoutMs, () => socket.destroy());
    // 'close' follows, and gives undefined.
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!whole(received)) return;
      answer = received;
      socket.destroy();
    });
    socket.once('close', () => resolve(answer));
  });
}
