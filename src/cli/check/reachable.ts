import { connectTcp, resolveHost, shownTarget, silentTcpFix, type Target } from './network.js';
import type { CheckRun, Failed } from './run.js';
import { handshake, type TlsCheck } from './tls.js';

/**
 * Name, TCP and TLS of each server, each step where the one before it was right. Of several servers one is enough; then
 * the others are warnings.
 * @param tlsOf nothing for plain text, or what is wrong with the certificates that were given.
 * @returns those that may be spoken to.
 */
export async function reachable(
  run: CheckRun,
  area: string,
  targets: readonly Target[],
  tlsOf?: ((target: Target) => TlsCheck) | Failed,
): Promise<readonly Target[]> {
  const reached: Target[] = [];
  for (const [index, target] of targets.entries()) {
    // While one may still answer, or one has, the failure of another is no failure of the whole.
    const hasAlternative = reached.length > 0 || index < targets.length - 1;
    if (await reach(run, area, target, tlsOf, hasAlternative)) reached.push(target);
  }
  return reached;
}

async function reach(
  run: CheckRun,
  area: string,
  target: Target,
  tlsOf: ((target: Target) => TlsCheck) | Failed | undefined,
  hasAlternative: boolean,
): Promise<boolean> {
  const about = { target: shownTarget(target), hasAlternative };
  const steps = ['dns', 'tcp', ...(tlsOf === undefined ? [] : ['tls'])].map((name) => `${area}.${name}`);
  const resolved = await run.step({
    ...about,
    id: `${area}.dns`,
    work: () => resolveHost(target),
    onTimeout: 'The name server does not answer: see /etc/resolv.conf and the network of this machine.',
  });
  if (resolved === undefined) {
    run.skip(steps.slice(1), `${target.host} has no address`);
    return false;
  }
  const connected = await run.step({
    ...about,
    id: `${area}.tcp`,
    work: (signal) => connectTcp(target, signal),
    onTimeout: silentTcpFix(target),
  });
  if (connected === undefined) {
    run.skip(steps.slice(2), 'there is no connection');
    return false;
  }
  if (tlsOf === undefined) return true;
  const shaken = await run.step({
    ...about,
    id: `${area}.tls`,
    work: (signal) =>
      typeof tlsOf === 'function'
        ? handshake(target, tlsOf(target), { timeoutMs: run.timeoutMs, signal })
        : Promise.resolve(tlsOf),
    onTimeout:
      'The server takes the connection and speaks no TLS on it: see that it listens with TLS on this port.',
  });
  return shaken !== undefined;
}
