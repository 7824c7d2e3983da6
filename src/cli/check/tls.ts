import net from 'node:net';
import tls from 'node:tls';
import { describeError } from '../../errors/describe.js';
import { shownTarget, type Target } from './network.js';
import type { Failed, Outcome } from './run.js';

/** How TLS is asked for, and what its faults are called in the settings. */
export interface TlsCheck {
  readonly options: tls.ConnectionOptions;
  /** The name the certificate has to be for. Default: the host. */
  readonly servername?: string | undefined;
  /** The variable of the authority that is trusted. */
  readonly caVariable: string;
  /** What to set where the server speaks no TLS. */
  readonly plainFix: string;
  /** What to set where the certificate is for another name. */
  readonly nameFix: string;
  /** Does the server answer without TLS? */
  readonly speaksPlain: (signal: AbortSignal) => Promise<boolean>;
}

/** A certificate that ends sooner is worth a warning. */
const soonDays = 14;
const dayMs = 86_400_000;

/** Makes a TLS connection, looks at the certificate and closes it. Nothing is sent over it. */
export async function handshake(
  target: Target,
  check: TlsCheck,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Outcome<undefined>> {
  // Leaves time to ask the other way.
  const found = await shake(
    target,
    check,
    AbortSignal.any([limits.signal, AbortSignal.timeout(limits.timeoutMs * 0.6)]),
  );
  if (!('error' in found)) return judge(target, check, found);
  // A server without TLS may also just wait for the end of what it takes for a command: so ask it both ways.
  if (await check.speaksPlain(AbortSignal.timeout(limits.timeoutMs * 0.3))) {
    return {
      failed: `${target.server} speaks no TLS on ${shownTarget(target)}: it answers in plain text`,
      fix: check.plainFix,
    };
  }
  return {
    failed: `no TLS on ${shownTarget(target)}: ${wordsOf(found.error)}`,
    fix: `Check that ${target.server} listens with TLS on this port. ${check.plainFix}`,
  };
}

/** Of OpenSSL's errors what they are about: their message is where in its sources they arose, and a line break. */
function wordsOf(error: unknown): string {
  const { reason, code } = (error instanceof Error ? error : {}) as {
    readonly reason?: unknown;
    readonly code?: string;
  };
  return typeof reason === 'string' ? `${reason} (${code})` : describeError(error);
}

interface Shaken {
  /** Why the certificate is not trusted. */
  readonly distrust: string | undefined;
  readonly certificate: tls.PeerCertificate;
  readonly version: string;
}

function shake(
  { host, port }: Target,
  { options, servername }: TlsCheck,
  signal: AbortSignal,
): Promise<Shaken | { readonly error: unknown }> {
  return new Promise((resolve) => {
    const name = servername ?? (net.isIP(host) === 0 ? host : undefined);
    // Trusted or not is told below, with the certificate at hand; nothing is sent before.
    const socket = tls.connect({
      host,
      port,
      ...options,
      ...(name === undefined ? {} : { servername: name }),
      rejectUnauthorized: false,
    });
    const finish = (outcome: Shaken | { readonly error: unknown }): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const onAbort = (): void => finish({ error: 'no answer' });
    signal.addEventListener('abort', onAbort);
    socket.once('secureConnect', () => {
      // A text, whatever the types say.
      const reason = socket.authorizationError as unknown;
      finish({
        distrust: socket.authorized ? undefined : String(reason),
        certificate: socket.getPeerCertificate(),
        version: socket.getProtocol() ?? 'TLS',
      });
    });
    socket.on('error', (error) => finish({ error }));
    socket.once('close', () => finish({ error: 'the server hung up' }));
  });
}

function judge(
  target: Target,
  check: TlsCheck,
  { distrust, certificate, version }: Shaken,
): Outcome<undefined> {
  const until = new Date(certificate.valid_to);
  const subject = nameOf(certificate.subject);
  if (distrust !== undefined) return distrusted(target, check, distrust, certificate);
  const days = Math.floor((until.getTime() - Date.now()) / dayMs);
  const detail = `${version}, certificate of ${subject}, valid to ${day(until)}`;
  if (days >= soonDays) return { detail, value: undefined };
  return { detail, value: undefined, warning: `The certificate ends in ${days} days: renew it.` };
}

function distrusted(
  { host, server }: Target,
  { caVariable, nameFix, servername = host }: TlsCheck,
  reason: string,
  certificate: tls.PeerCertificate,
): Failed {
  const subject = nameOf(certificate.subject);
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
      return {
        failed: `the certificate of ${subject} ended on ${day(new Date(certificate.valid_to))} (${reason})`,
        fix: `Renew the certificate of ${server}.`,
      };
    case 'CERT_NOT_YET_VALID':
      return {
        failed: `the certificate of ${subject} begins on ${day(new Date(certificate.valid_from))} (${reason})`,
        fix: `Set the clock of this machine, or give ${server} a certificate that has begun.`,
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        failed: `the certificate is for ${certificate.subjectaltname ?? subject}, and not for ${servername} (${reason})`,
        fix: nameFix,
      };
    default:
      return {
        failed: `the certificate of ${subject}, signed by ${nameOf(certificate.issuer)}, is not trusted (${reason})`,
        fix: `Set ${caVariable} to the certificate of the authority that signed it, or NODE_EXTRA_CA_CERTS to its file.`,
      };
  }
}

function nameOf(name: tls.Certificate | undefined): string {
  const { CN, O: organisation } = (name ?? {}) as Partial<Record<'CN' | 'O', string | string[]>>;
  return [CN ?? organisation ?? 'nobody by name'].flat().join(', ');
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10);
}
