import { deterministicEventId, encodeEnvelope, parseEnvelope } from '../../src/index.js';
import { logFigures } from '../events/log.js';
import { eventOfOneKilobyte } from '../events/sample.js';
import { type Figure, figure } from '../measure/figure.js';
import { type Laps, lapsOf, race } from '../measure/race.js';
import { ratios, summarize } from '../measure/statistics.js';
import type { Suite, SuiteOptions } from '../suite.js';

/** The wire format against what Node has built in, on one event of a kilobyte: docs/benchmarks.md. */
export const suite: Suite = {
  needsPeers: true,
  async *figures(options) {
    yield* wireFigures(options);
    yield* logFigures(options);
  },
};

async function* wireFigures({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const { envelope, fields, bytes, text } = eventOfOneKilobyte();
  const laps = await race(
    [
      repeated('encode', () => encodeEnvelope(envelope).length),
      repeated('json-stringify', () => JSON.stringify(fields).length),
      repeated('parse', () => parseEnvelope(bytes).eventId.length),
      repeated('hash', () => deterministicEventId(bytes).length),
      repeated('json-parse', () => Object.keys(JSON.parse(text) as object).length),
    ],
    options,
  );
  yield ratio('events.encode/json-stringify', laps, 'encode', '<=2');
  yield ratio('events.parse/json-parse', laps, 'parse');
  yield ratio('events.hash.1kb/json-parse', laps, 'hash', '<=4');
  for (const name of ['encode', 'parse', 'hash']) {
    yield figure(`events.${name}.ns`, summarize(lapsOf(laps, name)), 'ns');
  }
}

/** What `contender` takes over what the built-in function takes whose name stands behind the slash. */
function ratio(id: string, laps: Laps, contender: string, goal?: string): Figure {
  const [, peer = ''] = id.split('/');
  return figure(id, summarize(ratios(lapsOf(laps, contender), lapsOf(laps, peer))), 'ratio', goal);
}

function repeated(name: string, work: () => number) {
  return {
    name,
    run(times: number): void {
      let sum = 0;
      for (let count = 0; count < times; count += 1) sum += work();
      if (sum === 0) throw new Error(`${name} did nothing.`);
    },
  };
}
