import type { LoggerFactory } from '../protocols/logger.js';
import { silentLogger, type Logger } from '../protocols/logger.js';
import type { AtomicRedisClientProtocol } from '../protocols/redis.js';
import { optionsError } from './errors.js';

/** What the receiver asks of Redis. */
export type IdempotencyRedis = Pick<
  AtomicRedisClientProtocol,
  'get' | 'setIfNotExists' | 'runScript' | 'transaction'
>;

export interface IdempotencySettings {
  /** Stands in the keys: receivers of one service share what is done, those of others do not. */
  readonly serviceName: string;
  /**
   * How long an event stays known as done, by its type. Whole seconds. Default: the original's table, from 1 to 72 hours;
   * an empty one means that too. A message that is delivered again later than that is handled again.
   */
  readonly eventTypeTtlsSeconds?: Readonly<Record<string, number>>;
  /** The same for types the table does not have. Whole seconds, default 86400. */
  readonly defaultTtlSeconds?: number;
  /**
   * How long a claim lasts that is not renewed: how long the events of a process that died stay taken. It is renewed in
   * each third of it while the handler works. Whole seconds, default 300, which is the original's.
   */
  readonly processingTtlSeconds?: number;
  /** Default `huleedu:idempotency:v2`, the original's. */
  readonly keyPrefix?: string;
  /**
   * When Redis fails at the claim, or a message has no id. `open` (default, as in the original): the handler runs without
   * protection, so that an outage of Redis holds nothing up and loses nothing; an event may be handled twice then.
   * `closed`: it does not run, and SLIPWAY_IDEMPOTENCY_UNAVAILABLE or _NO_ID says why.
   */
  readonly onFailure?: 'open' | 'closed';
}

export interface IdempotencyOptions extends IdempotencySettings {
  readonly redis: IdempotencyRedis;
  /** Default: logs nothing. */
  readonly logger?: LoggerFactory;
  /** Unix time in seconds, for markers. Default: the machine's clock. */
  readonly now?: () => number;
}

export interface ResolvedOptions extends Required<Omit<IdempotencyOptions, 'logger'>> {
  readonly logger: Logger;
}

const hour = 3600;

/** The original's table. Three of its types are no topics of it; they stay, since they do no harm. */
const originalTtlsSeconds: Readonly<Record<string, number>> = {
  'huleedu.essay.spellcheck.requested.v1': hour,
  'huleedu.essay.spellcheck.completed.v1': hour,
  'huleedu.file.essay.content.provisioned.v1': hour,
  'huleedu.file.essay.validation.failed.v1': hour,
  'huleedu.batch.essays.registered.v1': 12 * hour,
  'huleedu.els.batch.essays.ready.v1': 12 * hour,
  'huleedu.els.batch.phase.outcome.v1': 12 * hour,
  'huleedu.cj_assessment.completed.v1': 24 * hour,
  'huleedu.batch.cj_assessment.initiate.command.v1': 24 * hour,
  'huleedu.batch.spellcheck.initiate.command.v1': 24 * hour,
  'huleedu.result_aggregator.batch.completed.v1': 72 * hour,
  'huleedu.result_aggregator.class.summary.updated.v1': 72 * hour,
};

/** Above it a third of the time does not fit into a timer. */
const maxProcessingTtlSeconds = 86_400;

/** @throws SlipwayError SLIPWAY_IDEMPOTENCY_OPTIONS */
export function resolveOptions(options: IdempotencyOptions): ResolvedOptions {
  const ttls = options.eventTypeTtlsSeconds ?? {};
  const resolved: ResolvedOptions = {
    redis: options.redis,
    serviceName: options.serviceName,
    eventTypeTtlsSeconds: Object.keys(ttls).length === 0 ? originalTtlsSeconds : ttls,
    defaultTtlSeconds: options.defaultTtlSeconds ?? 24 * hour,
    processingTtlSeconds: options.processingTtlSeconds ?? 300,
    keyPrefix: options.keyPrefix ?? 'huleedu:idempotency:v2',
    onFailure: options.onFailure ?? 'open',
    logger: options.logger?.('idempotency') ?? silentLogger,
    now: options.now ?? (() => Date.now() / 1000),
  };
  if (resolved.serviceName === '')
    throw optionsError('serviceName is empty', 'Give the name of the service that handles the events.');
  checkSeconds('defaultTtlSeconds', resolved.defaultTtlSeconds);
  checkSeconds('processingTtlSeconds', resolved.processingTtlSeconds, maxProcessingTtlSeconds);
  for (const [type, seconds] of Object.entries(ttls)) checkSeconds(`the time of ${type}`, seconds);
  return resolved;
}

export function ttlOf(eventType: string, options: ResolvedOptions): number {
  const { eventTypeTtlsSeconds: ttls, defaultTtlSeconds } = options;
  return Object.hasOwn(ttls, eventType) ? (ttls[eventType] ?? defaultTtlSeconds) : defaultTtlSeconds;
}

function checkSeconds(name: string, value: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return;
  throw optionsError(`${name} is ${value}`, `Give a whole number of seconds from 1 to ${max}.`);
}
