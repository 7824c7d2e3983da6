import { envelopesSurvive } from '../fuzz/envelopes.js';
import { fuzzEnvironments } from '../fuzz/environments.js';
import { headersSurvive } from '../fuzz/headers.js';
import { likePython } from '../fuzz/python-oracle.js';
import type { FaultSuite, Result } from '../suite.js';

/** Random and broken input: docs/faults.md. The seed is printed, and the same seed gives the same input. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_007);
    yield envelopesSurvive(short ? 20_000 : 700_000, seed);
    yield headersSurvive(short ? 10_000 : 300_000, seed);
    yield environmentsSurvive(short ? 200 : 10_000, seed);
    yield await likePython(short ? 3_000 : 100_000, seed);
  },
};

function environmentsSurvive(runs: number, seed: number): Result {
  const { failure, ...counts } = fuzzEnvironments({ runs, seed });
  return {
    id: 'fuzz.environments',
    ok: failure === undefined,
    ...counts,
    ...(failure !== undefined && { failure }),
  };
}
