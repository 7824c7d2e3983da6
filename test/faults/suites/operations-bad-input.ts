import { runBodies, runEnvironments, runFrames, runHeaders } from '../operations/bad-input/run-bad-input.js';
import { isWanted } from '../operations/wanted.js';
import type { FaultSuite } from '../suite.js';

/** Two hundred inputs that are not as they should be, to services in processes of their own. */
export const suite: FaultSuite = {
  async *run({ short }) {
    if (isWanted('bad-input.environments')) yield await runEnvironments(short);
    if (isWanted('bad-input.bodies')) yield await runBodies();
    if (isWanted('bad-input.headers')) yield await runHeaders();
    if (isWanted('bad-input.frames')) yield await runFrames();
  },
};
