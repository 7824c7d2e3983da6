import { join } from 'node:path';
import { deterministicEventId, headerEventId, idempotencyKey, SlipwayError } from '../../../src/index.js';
import { projectRoot } from '../../support/project-root.js';
import { run } from '../../support/run.js';

const program = join(projectRoot, 'test', 'faults', 'kafka-interop', 'original.py');
const serviceName = 'interop';

/** A message and what the original makes of it. */
export interface Message {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  /** The Redis keys under which the original remembers it, by its body and by its headers. Null where it has none. */
  readonly bodyKey: string | null;
  readonly headerKey: string | null;
}

/** Runs the original's side, and gives the lines that it prints. */
export async function original<Line extends Message>(
  python: string,
  args: readonly string[],
): Promise<Line[]> {
  // What aiokafka has to say of a broker that has just started goes to stderr.
  const { exitCode, output, stdout } = await run(python, [program, ...args], { timeoutMs: 150_000 });
  if (exitCode !== 0) throw new Error(`${args.join(' ')} failed in Python:\n${output.slice(-4_000)}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** The Redis keys under which slipway remembers a message. */
export function keysOf({ value, headers }: Pick<Message, 'value' | 'headers'>): {
  bodyKey: string | null;
  headerKey: string | null;
} {
  const bytes = Buffer.from(value);
  const { event_type: bodyType } = JSON.parse(value) as { event_type: string };
  const fromHeaders = headerEventId(headers);
  const fromBody = bodyId(bytes);
  return {
    bodyKey: fromBody === undefined ? null : keyOf(bodyType, fromBody),
    headerKey: fromHeaders === undefined ? null : keyOf(headers['event_type'] ?? '', fromHeaders),
  };
}

function keyOf(eventType: string, id: string): string {
  return idempotencyKey({ serviceName, eventType, id });
}

function bodyId(value: Buffer): string | undefined {
  try {
    return deterministicEventId(value);
  } catch (error) {
    if (SlipwayError.is(error)) return undefined;
    throw error;
  }
}
