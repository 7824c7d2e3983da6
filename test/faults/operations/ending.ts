import type { ServerName } from './cells.js';
import { faultsOfAmount, faultsOfNaming, faultsOfOutput, logLines } from './logs.js';
import { faultsOfOrder } from './order.js';
import { secrets } from './places.js';
import type { ServiceProcess } from './service-process.js';

/** How a service is to end that was sent SIGTERM. */
export interface Ending {
  /** Default 0. */
  readonly code?: 0 | 2;
  /** Does its log have to name the fault? */
  readonly namesFault: boolean;
  /** Requests that did not get what they asked for. Default 0. */
  readonly refused?: number;
}

/** The server that was away, and its address. */
export interface Away {
  readonly server: ServerName;
  readonly address: string;
}

/** What a log may say besides, whatever its service does. */
const fewLines = 20;

const steps = ['Stopping on SIGTERM', 'Taking no more work after', 'Stopped in'];

/** What is wrong with how a service has ended: its exit code, its order, and all that it has printed. */
export async function faultsOfStop(
  service: ServiceProcess,
  { code: expected = 0, namesFault, refused = 0 }: Ending,
  { server, address }: Away,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const { code } = await service.ended;
  const { stdout, stderr, journal } = service;
  if (code !== expected) faults.push(`it exits with ${code}: ${stderr.slice(-500)}`);
  for (const step of steps) if (!stderr.includes(step)) faults.push(`the stop does not tell: ${step}`);
  const isClean = !stderr.includes('not released after') && !stderr.includes('not closed after');
  if (isClean !== (code === 0)) faults.push(`the exit code ${code} is not what stderr tells: ${stderr}`);
  const lines = logLines(stdout);
  const failed = journal.filter(({ deed }) => deed === 'failed').length;
  faults.push(
    ...faultsOfOrder(journal),
    ...faultsOfWords(service),
    ...(namesFault ? faultsOfNaming(lines, server, address) : []),
    // A handler is told of once; a request that has failed and the publish in it are told of each; so is one that had no scope.
    ...faultsOfAmount(lines, failed + refused + fewLines),
  );
  return faults;
}

/** What is wrong with a start that failed: it ends with exit code 1, and one line that has the address. */
export async function faultsOfFailedStart(
  service: ServiceProcess,
  { address }: Away,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const { code } = await service.ended;
  if (code !== 1) faults.push(`a failed start exits with ${code}`);
  const lines = service.stderr.trim().split('\n');
  const [line = ''] = lines;
  if (lines.length !== 1 || !line.startsWith('[SLIPWAY_') || !line.includes(address)) {
    faults.push(`a failed start says: ${lines.join(' | ')}`);
  }
  return [...faults, ...faultsOfWords(service)];
}

/** Of all that it printed or answered. */
function faultsOfWords(service: ServiceProcess): readonly string[] {
  const shown = [...service.bodies].find((body) => secrets.some((secret) => body.includes(secret)));
  const faults = faultsOfOutput(service, secrets);
  return shown === undefined ? faults : [...faults, `a secret is in an answer: ${shown}`];
}
