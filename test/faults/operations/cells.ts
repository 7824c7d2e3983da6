import type { RunningServer } from '../../support/servers/server-process.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';

export const moments = ['boot', 'idle', 'load', 'stop'] as const;
export const serverNames = ['redis', 'kafka'] as const;
export const faultNames = ['refused', 'kill-9', 'sigstop', 'black-hole', 'recovered'] as const;

type Moment = (typeof moments)[number];
export type ServerName = (typeof serverNames)[number];
export type FaultName = (typeof faultNames)[number];

export interface Cell {
  readonly when: Moment;
  readonly server: ServerName;
  readonly fault: FaultName;
}

/** A server and the way to it. */
export interface Place {
  readonly server: RunningServer;
  readonly proxy: TcpProxy;
}

export function idOf({ when, server, fault }: Cell): string {
  return `operations.${when}.${server}.${fault}`;
}

/** Every cell; in short, each moment and server once, and each fault at least once. */
export function cells(short: boolean): readonly Cell[] {
  const all = moments.flatMap((when) =>
    serverNames.flatMap((server) => faultNames.map((fault) => ({ when, server, fault }))),
  );
  if (!short) return all;
  return all.filter(({ when, server, fault }) => {
    const turn = moments.indexOf(when) + serverNames.indexOf(server) * 2;
    return faultNames.indexOf(fault) === turn % faultNames.length;
  });
}

/** What the fault is, and its end. `recovered` is a kill with the end much sooner. */
export async function begin(fault: FaultName, { server, proxy }: Place): Promise<void> {
  if (fault === 'refused') await proxy.refuse();
  else if (fault === 'black-hole') proxy.blackHole();
  else if (fault === 'sigstop') server.pause();
  else await server.kill();
}

export async function end(fault: FaultName, { server, proxy }: Place): Promise<void> {
  if (fault === 'refused') await proxy.refuse(false);
  else if (fault === 'black-hole') {
    proxy.blackHole(false);
    // What it swallowed is missing in the middle of each stream.
    proxy.cut();
  } else if (fault === 'sigstop') server.resume();
  else await server.restart();
}
