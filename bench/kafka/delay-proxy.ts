// delay-proxy.js <port> <target port> <milliseconds>
// A process of its own that passes bytes on after so many milliseconds, each way: a broker that is further away.
import { connect, createServer, type Socket } from 'node:net';

interface Held {
  readonly dueAt: number;
  readonly to: Socket;
  readonly bytes: Buffer;
}

/** Timers are too coarse for a millisecond: between two looks the process sleeps by itself, so long at most. */
const napMs = 0.1;
/** And such a nap may last longer by about so much, so that what is due earlier is waited for awake. */
const oversleepMs = 0.15;
const bed = new Int32Array(new SharedArrayBuffer(4));

const [, , port, targetPort, delayMs] = process.argv;
const oneWayMs = Number(delayMs);
const held: Held[] = [];
let isPassing = false;

function hold(to: Socket, bytes: Buffer): void {
  held.push({ dueAt: performance.now() + oneWayMs, to, bytes });
  if (isPassing) return;
  isPassing = true;
  setImmediate(passOn);
}

function passOn(): void {
  for (let [first] = held; first !== undefined && first.dueAt <= performance.now(); [first] = held) {
    held.shift();
    first.to.write(first.bytes);
  }
  const [next] = held;
  isPassing = next !== undefined;
  if (next === undefined) return;
  const spareMs = next.dueAt - performance.now() - oversleepMs;
  if (spareMs > 0) Atomics.wait(bed, 0, 0, Math.min(napMs, spareMs));
  setImmediate(passOn);
}

createServer((client) => {
  const broker = connect({ host: '127.0.0.1', port: Number(targetPort) });
  const end = (): void => {
    client.destroy();
    broker.destroy();
  };
  for (const [from, to] of [
    [client, broker],
    [broker, client],
  ] as const) {
    from.setNoDelay(true);
    from.on('data', (bytes) => hold(to, bytes));
    from.on('error', end);
    from.once('close', end);
  }
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));

// Ends with its parent.
process.stdin.resume().once('end', () => process.exit());
