import type { Cluster } from './cluster.js';
import { numberIn, reasonOf, type Step } from './steps.js';

interface DeadLetters {
  readonly count: number;
  /** Poison that is not there. */
  readonly missing: number;
  /** What does not belong there, or stands there for another reason. */
  readonly wrong: number;
  readonly firstFault: string | undefined;
}

/** Is all that is poison in the dead letter topic, with its reason, and nothing else? Some may stand there twice. */
export async function readDeadLetters(
  cluster: Cluster,
  topic: string,
  steps: readonly Step[],
): Promise<DeadLetters> {
  const letters = await cluster.read(topic);
  const there = new Set<number>();
  const faults: string[] = [];
  for (const { value, headers } of letters) {
    const number = numberIn(value);
    const fate = steps[number]?.fate;
    const reason = fate && reasonOf[fate];
    if (reason !== undefined && reason === headers['dlq.reason']) there.add(number);
    else faults.push(`${value} is dead by ${headers['dlq.reason']}: ${headers['dlq.error_message']}`);
  }
  const missing = steps.filter(({ number, fate }) => reasonOf[fate] !== undefined && !there.has(number));
  const [first] = missing;
  return {
    count: letters.length,
    missing: missing.length,
    wrong: faults.length,
    firstFault: faults[0] ?? (first && `no dead letter of ${first.number}, which is ${first.fate}`),
  };
}
