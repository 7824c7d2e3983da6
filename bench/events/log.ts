import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import winston from 'winston';
import { createLoggerFactory, withLogContext } from '../../src/index.js';
import { peersFolder } from '../install-peers.js';
import { type Figure, figure } from '../measure/figure.js';
import { lapsOf, race } from '../measure/race.js';
import { ratios, summarize } from '../measure/statistics.js';
import type { SuiteOptions } from '../suite.js';
import { LoggedFile, type LogLine } from './log-file.js';

const service = 'essay-desk';
const module = 'kafka-bus';

type PinoOn = (options: {
  readonly service: string;
  readonly module: string;
  readonly stream: Writable;
}) => LogLine;

/** One line of a logger, with its context and the ids of its flow, in a file: slipway against bare winston and pino. */
export async function* logFigures({ race: options }: SuiteOptions): AsyncIterable<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-log-'));
  const files = await contenders(folder);
  try {
    for (const file of files) {
      await file.run(1);
      await file.check();
    }
    demandSameLines(files);
    const laps = await race(files, options);
    for (const file of files) await file.check();
    const ours = lapsOf(laps, 'slipway');
    for (const [name, goal] of [['winston', '<=1'], ['pino']] as const) {
      yield figure(`events.log/${name}`, summarize(ratios(ours, lapsOf(laps, name))), 'ratio', goal);
    }
  } finally {
    for (const file of files) await file.close();
    await rm(folder, { recursive: true });
  }
}

async function contenders(folder: string): Promise<readonly LoggedFile[]> {
  const pinoPath = join(peersFolder, 'events', 'peers', 'pino.mjs');
  const { default: pinoOn } = (await import(pathToFileURL(pinoPath).href)) as { readonly default: PinoOn };
  return [
    new LoggedFile('slipway', join(folder, 'slipway'), slipwayOn),
    new LoggedFile('winston', join(folder, 'winston'), winstonOn),
    new LoggedFile('pino', join(folder, 'pino'), (stream) => pinoOn({ service, module, stream })),
  ];
}

/** As a service logs: the correlation id comes from the asynchronous context, entered for each line. */
function slipwayOn(stream: Writable): LogLine {
  const logger = createLoggerFactory({ service, stream })(module);
  return (message, context, correlationId) =>
    withLogContext({ correlationId }, () => logger.info(message, context as Record<string, unknown>));
}

/** As winston's documentation has it, with the fields given as they are to be. */
function winstonOn(stream: Writable): LogLine {
  const { combine, json, timestamp } = winston.format;
  const logger = winston.createLogger({
    defaultMeta: { service, module },
    format: combine(timestamp(), json()),
    transports: [new winston.transports.Stream({ stream, eol: '\n' })],
  });
  return (message, context, correlationId) =>
    logger.info(message, { context, correlation_id: correlationId });
}

function demandSameLines([first, ...others]: readonly LoggedFile[]): void {
  for (const other of others) {
    if (!isDeepStrictEqual(other.lastLine, first?.lastLine) || other.bytes !== first?.bytes) {
      throw new Error(`${other.name} logs another line than ${first?.name ?? 'nobody'}.`);
    }
  }
}
