import type { ServerName } from './cells.js';

/** All that a process printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogLine {
  readonly level: string;
  readonly module: string;
  readonly message: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

const stack = /^\s+at |\\n\s+at /m;

/** What a stop and a failed start may say on stderr, beside the line of the service itself. */
const stderrLines = [
  /^Listening on http:/,
  /^Stopping on SIGTERM$/,
  /^Taking no more work after /,
  /^Waiting for open scopes after /,
  /^Waited for open scopes until /,
  /^\S+ (released|closed) in [\d.]+ ms$/,
  /^Hanging not released after /,
  /^Stopped in /,
  /^\[SLIPWAY_[A-Z_]+\] /,
];

export function logLines(stdout: string): readonly LogLine[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}

/** What is wrong with anything that a process prints: no line has a secret or a stack, or is of an unknown kind. */
export function faultsOfOutput({ stdout, stderr }: Printed, secrets: readonly string[]): readonly string[] {
  const faults: string[] = [];
  for (const [name, text] of Object.entries({ stdout, stderr })) {
    if (secrets.some((secret) => text.includes(secret))) faults.push(`a secret is in ${name}`);
    const found = stack.exec(text);
    if (found !== null) faults.push(`a stack is in ${name}: ${around(text, found.index)}`);
  }
  const printed = stdout.split('\n').filter((line) => line !== '');
  if (printed.length !== logLines(stdout).length) faults.push('a line of stdout is no JSON');
  for (const line of stderr.split('\n')) {
    if (line !== '' && !stderrLines.some((known) => known.test(line))) faults.push(`on stderr: ${line}`);
  }
  return faults;
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 200), index + 200).replaceAll('\n', ' ');
}

const isTrouble = ({ level }: LogLine): boolean => level === 'warn' || level === 'error';

/** Said of a connection, and not of a piece of work. */
const faultOf: Readonly<Record<ServerName, RegExp>> = {
  redis: /^Redis (is away|is still away|connection lost|reconnect failed|connect failed)/,
  kafka: /^Kafka (is away|connection lost|does not answer|consumer has lost Kafka|consumer lost its place)/,
};

/**
 * What is wrong with how a log names the fault of a server: it is named with address and cause, each thing that is
 * said of it once for each client and cause, and the other server is not accused.
 */
export function faultsOfNaming(
  lines: readonly LogLine[],
  server: ServerName,
  address: string,
): readonly string[] {
  const faults: string[] = [];
  const other = server === 'redis' ? 'kafka' : 'redis';
  const named = lines.filter((line) => isTrouble(line) && faultOf[server].test(line.message));
  const isClear = named.some(
    ({ context = {} }) => String(context['address']).includes(address) && context['error'] !== undefined,
  );
  if (!isClear) faults.push(`the log does not name ${server} with address and cause`);
  for (const [what, times] of counted(named.map(naming))) {
    if (times > 1) faults.push(`the log says ${times} times: ${what}`);
  }
  const accused = lines.find((line) => isTrouble(line) && faultOf[other].test(line.message));
  if (accused !== undefined) faults.push(`the log accuses ${other}: ${naming(accused)}`);
  return faults;
}

function naming({ module, message, context = {} }: LogLine): string {
  const { clientId, connection, error } = context;
  return JSON.stringify({ module, message, clientId, connection, error });
}

/** How often each is there, the most frequent first. */
function counted(texts: Iterable<string>): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

/**
 * What is wrong with how much is said of single pieces of work: no more lines than there were failed requests and
 * attempts of handlers.
 */
export function faultsOfAmount(lines: readonly LogLine[], limit: number): readonly string[] {
  const trouble = lines.filter(isTrouble);
  if (trouble.length <= limit) return [];
  const most = counted(trouble.map(({ module, message }) => `${module}: ${message}`));
  return [
    `${trouble.length} warnings, and no more than ${limit} pieces of work that failed: ${JSON.stringify(most)}`,
  ];
}
