import net from 'node:net';
import tls from 'node:tls';
import { exchange, type Target } from './network.js';

/** ApiVersions, version 0: the one request that every listener answers before a login. */
const apiVersionsRequest = ((): Buffer => {
  const clientId = Buffer.from('slipway-check');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length);
  let at = request.writeInt32BE(request.length - 4, 0);
  at = request.writeInt16BE(18, at);
  at = request.writeInt16BE(0, at);
  at = request.writeInt32BE(1, at);
  at = request.writeInt16BE(clientId.length, at);
  clientId.copy(request, at);
  return request;
})();

const fetchKey = 1;
/**
 * The release that brought each version of the Fetch request, by the schema comments of Kafka's FetchRequest.json: a
 * broker does not tell its own version.
 */
const releases: Readonly<Record<number, string>> = {
  11: '2.3',
  12: '2.7',
  13: '3.1',
  14: '3.5',
  15: '3.5',
  16: '3.7',
  17: '3.9',
  18: '4.1',
};

export type KafkaAnswer =
  | { readonly kind: 'kafka'; readonly release: string | undefined; readonly requests: number }
  | { readonly kind: 'tls-alert' | 'silence' }
  /** Something else listens there: what it said, as far as that is text. */
  | { readonly kind: 'other'; readonly text: string };

/** What a listener answers to the question which requests it knows. */
export async function askKafka(
  { host, port }: Pick<Target, 'host' | 'port'>,
  secure: tls.ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<KafkaAnswer> {
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const answer =
    secure === undefined
      ? await exchange(net.connect({ host, port }), 'connect', apiVersionsRequest, signal)
      : await exchange(
          tls.connect({ host, port, ...name, ...secure }),
          'secureConnect',
          apiVersionsRequest,
          signal,
        );
  return read(answer);
}

function read(answer: Buffer): KafkaAnswer {
  const [first] = answer;
  if (first === undefined) return { kind: 'silence' };
  // An alert of TLS; as the length of a response it would mean 350 MB.
  if (first === 0x15) return { kind: 'tls-alert' };
  const isResponse =
    answer.length >= 14 && answer.length >= 4 + answer.readInt32BE(0) && answer.readInt32BE(4) === 1;
  if (!isResponse) return { kind: 'other', text: printable(answer) };
  const count = answer.readInt32BE(10);
  let newestFetch: number | undefined;
  for (let index = 0; index < count && 14 + index * 6 + 6 <= answer.length; index += 1) {
    const at = 14 + index * 6;
    if (answer.readInt16BE(at) === fetchKey) newestFetch = answer.readInt16BE(at + 4);
  }
  return { kind: 'kafka', release: releaseOf(newestFetch), requests: count };
}

function releaseOf(newestFetch: number | undefined): string | undefined {
  if (newestFetch === undefined) return undefined;
  const known = Object.keys(releases).map(Number);
  const newest = Math.max(...known);
  return releases[Math.min(newestFetch, newest)];
}

function printable(answer: Buffer): string {
  const [line = ''] = answer.toString('latin1').split(/[\r\n]/);
  return line.replaceAll(/[^\x20-\x7e]/g, '.').slice(0, 60);
}
