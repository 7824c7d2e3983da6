import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * What an HTTP server does with a connection: its own first listener. To emit `connection` anew would tell everybody else of a
 * connection they know, and with TLS it is another event.
 */
const [serve] = createServer().listeners('connection') as ((this: Server, socket: Socket) => void)[];

/**
 * Lets a server answer as an ordinary request what would rather be upgraded, as if nobody listened for upgrades (RFC 9110,
 * 7.8: a server may ignore them). Node gave the connection away with the end of the headers: they are put back in front of
 * what follows them, without what asks for the upgrade, and the server reads on from there.
 * @param head what Node has read after the headers.
 */
export function putBack(request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.unshift(Buffer.concat([Buffer.from(headersOf(request), 'latin1'), head]));
}

/** The server reads the connection anew. */
export function serveAnew(server: Server, socket: Socket): void {
  // Of the connection as it was before; the server sets its own.
  socket.setTimeout(0);
  const events = ['resume', 'pause'] as const;
  const known = events.map((event) => socket.listeners(event));
  serve?.call(server, socket);
  // Node takes all its listeners off an upgraded connection but these: they would become more with each request.
  for (const [index, event] of events.entries()) {
    for (const listener of socket.listeners(event).slice(known[index]?.length)) {
      if (known[index]?.includes(listener) === true) socket.off(event, listener as () => void);
    }
  }
}

const asking = /^(?:upgrade|http2-settings)$/i;

function headersOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (asking.test(name)) continue;
    if (name.toLowerCase() !== 'connection') lines.push(`${name}: ${value}`);
    else {
      const others = value.split(',').filter((each) => !asking.test(each.trim()));
      if (others.length > 0) lines.push(`${name}: ${others.join(',').trim()}`);
    }
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Can its headers be written as they came? No parser of Node's lets anything else through, unless it is told to be lenient. */
export function canPutBack({ rawHeaders, url = '' }: IncomingMessage): boolean {
  return ![url, ...rawHeaders].some((text) => /[\r\n\0]/.test(text));
}
