import { expect } from 'chai';
import { IdempotentReceiver, SlipwayError } from '../../../src/index.js';
import { LogActions } from '../../support/idempotency/log-actions.js';
import { type RedisCall, RecordingRedis } from '../../support/idempotency/recording-redis.js';
import { vectors } from '../../support/vectors.js';

interface Decision {
  readonly name: string;
  readonly input: {
    readonly value_base64: string;
    readonly headers: readonly (readonly [name: string, content: string | null])[] | null;
    readonly service_name: string;
    readonly event_type_ttls: Readonly<Record<string, number>> | null;
    readonly default_ttl: number;
    readonly now: number;
    readonly existing_value: string | null;
    readonly handler: 'ok' | 'raise';
    readonly redis_failures: readonly string[];
  };
  readonly expect: {
    readonly returned?: true | null;
    readonly raised?: string;
    readonly handler_invocations: number;
    readonly redis_calls: readonly RedisCall[];
    readonly log_actions: readonly string[];
  };
}

interface Observed {
  readonly returned?: true | null | undefined;
  readonly raised?: string;
  readonly handler_invocations: number;
  readonly redis_calls: readonly (string | number)[][];
  readonly log_actions: readonly string[];
}

interface Deviation {
  readonly why: string;
  /** What is observed in place of what the original did; the rest is as there. `redis_calls` by name. */
  readonly instead: Partial<Omit<Observed, 'redis_calls'>> & { readonly redis_calls?: readonly string[] };
}

const legacy: Deviation = {
  why: 'JSON that is no object is a marker of the first version, so the event is done; the original fails on it and handles the event again',
  instead: { returned: null, handler_invocations: 0, log_actions: ['skipped_legacy'] },
};

/** Every line that is decided otherwise than in the original. */
const deviations: Readonly<Record<string, Deviation>> = {
  existing_processing_299_9: {
    why: 'still being handled elsewhere is no success: the original reports one, and the event is lost if the other dies',
    instead: { returned: undefined, raised: 'SLIPWAY_IDEMPOTENCY_IN_PROGRESS' },
  },
  existing_processing_started_at_string: {
    why: 'a claim whose age cannot be read is taken over as one without it; the original fails on it and runs unprotected',
    instead: {
      redis_calls: ['GET', 'DEL', 'SETNX', 'SETEX'],
      log_actions: ['retry_stale', 'confirmed_completion', 'processing_complete'],
    },
  },
  existing_legacy_quoted: legacy,
  existing_null: legacy,
  existing_list: legacy,
  handler_raises: {
    why: 'the handler runs once per attempt, not a second time after its failure',
    instead: { handler_invocations: 1, log_actions: ['failed_releasing_lock', 'cleanup_completed'] },
  },
  redis_fails_setex: {
    why: 'a confirmation that failed is tried again, twice',
    instead: { redis_calls: ['GET', 'SETNX', 'SETEX', 'SETEX', 'SETEX'] },
  },
  redis_fails_del_after_handler_error: {
    why: 'the handler runs once per attempt, and a release that failed is tried again, twice',
    instead: {
      handler_invocations: 1,
      redis_calls: ['GET', 'SETNX', 'DEL', 'DEL', 'DEL'],
      log_actions: ['failed_releasing_lock', 'cleanup_failed'],
    },
  },
};

/** The one difference of all our markers: they name their owner, at the end. */
const ownerMember = /, "owner": "[0-9a-f-]{36}\/\d+"}$/;

async function observe({ input }: Decision): Promise<Observed> {
  const redis = new RecordingRedis();
  const log = new LogActions();
  for (const failure of input.redis_failures) redis.failures.add(failure);
  if (input.existing_value !== null) hold(redis, input.existing_value);
  const receiver = new IdempotentReceiver({
    redis,
    serviceName: input.service_name,
    ...(input.event_type_ttls === null ? {} : { eventTypeTtlsSeconds: input.event_type_ttls }),
    defaultTtlSeconds: input.default_ttl,
    now: () => input.now,
    logger: log.factory,
  });
  const message = {
    value: Buffer.from(input.value_base64, 'base64'),
    headers: Object.fromEntries(
      (input.headers ?? []).map(([name, content]) => [
        name,
        content === null ? null : Buffer.from(content, 'base64'),
      ]),
    ),
  };
  let invocations = 0;
  const result = await receiver
    .receive(message, () => {
      invocations += 1;
      if (input.handler === 'raise') throw new Error('RuntimeError');
      return true as const;
    })
    .then(
      (receipt) => ({ returned: receipt.handled ? receipt.value : null }),
      (error: unknown) => ({ raised: SlipwayError.is(error) ? error.code : (error as Error).message }),
    );
  return {
    ...result,
    handler_invocations: invocations,
    redis_calls: redis.calls.map((call) => [...call]),
    log_actions: log.actions,
  };
}

/** The key that is asked for first holds `value`. */
function hold(redis: RecordingRedis, value: string): void {
  redis.before = () => {
    redis.before = () => {};
    redis.values.set(String(redis.calls[0]?.[1]), value);
  };
}

function withoutOwner(calls: readonly (string | number)[][]): readonly (string | number)[][] {
  return calls.map((call) =>
    call.map((word) => (typeof word === 'string' ? word.replace(ownerMember, '}') : word)),
  );
}

describe("IdempotentReceiver and the original's decisions", () => {
  const decisions = vectors('idempotency_decisions') as readonly Decision[];

  it('has all of them', () => {
    expect(decisions).to.have.length(35);
    const names = new Set(decisions.map(({ name }) => name));
    for (const name of Object.keys(deviations)) expect(names).to.include(name);
  });

  for (const decision of decisions) {
    const deviation = deviations[decision.name];
    const end = deviation === undefined ? '' : `, but ${deviation.why}`;
    it(`${decision.name}: as the original${end}`, async () => {
      const observed = await observe(decision);
      const { redis_calls: names, ...instead } = deviation?.instead ?? {};
      for (const [name, , ...words] of observed.redis_calls) {
        const marker = words.find((word) => String(word).startsWith('{'));
        if (name === 'SETNX' || name === 'SETEX') expect(marker).to.match(ownerMember);
      }
      const { redis_calls: calls, ...rest } = observed;
      const { redis_calls: expectedCalls, ...expected } = decision.expect;
      expect(rest).to.deep.equal(dropUndefined({ ...expected, ...instead }));
      if (names === undefined) expect(withoutOwner(calls)).to.deep.equal(expectedCalls);
      else expect(calls.map(([name]) => name)).to.deep.equal(names);
      const all = { ...rest, redis_calls: withoutOwner(calls) };
      if (deviation !== undefined) expect(all, 'it is none').to.not.deep.equal(decision.expect);
    });
  }
});

function dropUndefined(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
