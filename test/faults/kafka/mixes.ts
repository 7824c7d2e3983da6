import type { BrokerFault } from './broker-world.js';
import type { DoubleFault } from './double-world.js';
import type { Mix } from './plan.js';

/** A hundred faults of one broker and of the network before it. */
export const broker: Mix<BrokerFault> = {
  'lose-ack': { times: 36 },
  'cut-request': { times: 14 },
  'swallow-ack': { times: 8 },
  cut: { times: 20 },
  refuse: { times: 4, ms: [50, 800] },
  silence: { times: 3, ms: [500, 2_000] },
  slow: { times: 9, ms: [200, 800] },
  kill: { times: 4, ms: [0, 500] },
  freeze: { times: 2, ms: [10_000, 10_000] },
};

export const shortBroker: Mix<BrokerFault> = {
  'lose-ack': { times: 4 },
  'cut-request': { times: 1 },
  'swallow-ack': { times: 1 },
  cut: { times: 2 },
  refuse: { times: 1, ms: [100, 400] },
  silence: { times: 0 },
  slow: { times: 1, ms: [200, 400] },
  kill: { times: 1, ms: [0, 200] },
  freeze: { times: 1, ms: [1_500, 1_500] },
};

/** Forty faults, for callers that wait less long than most of them last. */
export const impatient: Mix<BrokerFault> = {
  'lose-ack': { times: 10 },
  'cut-request': { times: 4 },
  'swallow-ack': { times: 6 },
  cut: { times: 6 },
  refuse: { times: 2, ms: [500, 2_500] },
  silence: { times: 3, ms: [500, 3_000] },
  slow: { times: 4, ms: [200, 800] },
  kill: { times: 2, ms: [0, 500] },
  freeze: { times: 3, ms: [1_000, 4_000] },
};

/** A hundred faults of three brokers, whose leaders are killed in turn. */
export const cluster: Mix<BrokerFault> = {
  ...broker,
  'lose-ack': { times: 38 },
  kill: { times: 6, ms: [500, 2_500] },
  freeze: { times: 2, ms: [6_000, 10_000] },
  silence: { times: 2, ms: [500, 2_000] },
  slow: { times: 6, ms: [200, 800] },
};

/** A hundred faults of the wire double. */
export const double: Mix<DoubleFault> = {
  'lose-ack': { times: 24 },
  'swallow-ack': { times: 5 },
  'slow-ack': { times: 5 },
  'cut-request': { times: 12 },
  refusal: { times: 12 },
  'late-refusal': { times: 10 },
  'move-leader': { times: 16 },
  cut: { times: 10 },
  stall: { times: 3, ms: [100, 2_500] },
  down: { times: 3, ms: [50, 1_000] },
};

export const shortDouble: Mix<DoubleFault> = {
  'lose-ack': { times: 8 },
  'swallow-ack': { times: 1 },
  'slow-ack': { times: 1 },
  'cut-request': { times: 4 },
  refusal: { times: 4 },
  'late-refusal': { times: 4 },
  'move-leader': { times: 5 },
  cut: { times: 3 },
  stall: { times: 1, ms: [1_200, 1_200] },
  down: { times: 1, ms: [300, 300] },
};

/** Faults of the wire double, for callers that wait less long than some of them last. */
export const impatientDouble: Mix<DoubleFault> = {
  'lose-ack': { times: 4 },
  'swallow-ack': { times: 5 },
  'slow-ack': { times: 2 },
  'cut-request': { times: 3 },
  refusal: { times: 3 },
  'late-refusal': { times: 3 },
  'move-leader': { times: 3 },
  cut: { times: 2 },
  stall: { times: 3, ms: [500, 3_000] },
  down: { times: 2, ms: [500, 3_000] },
};
