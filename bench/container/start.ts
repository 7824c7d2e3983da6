import { Application, Provider, Scope, type Token, token } from '../../src/index.js';

/**
 * The milliseconds from nothing to a started application of `count` factories that do no I/O: providers made, graph
 * validated and compiled, everything built.
 * @throws Error if not everything was built.
 */
export async function startMs(count: number): Promise<number> {
  const startedAt = performance.now();
  const app = await Application.start([chained(count)]);
  const elapsedMs = performance.now() - startedAt;
  const built = app.report().tokens.filter(({ provider }) => provider === 'chained').length;
  if (built !== count) throw new Error(`Only ${built} of ${count} factories were run.`);
  await app.stop();
  return elapsedMs;
}

/** Factories that need up to three before them; every second one is released, every fifth is asynchronous. */
function chained(count: number): Provider {
  const provider = new Provider('chained');
  const tokens: Token<object>[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = token<object>()(`Part${index}`);
    const needed = new Set([index - 1, Math.floor(index / 2), Math.floor(index / 3)]);
    const inject = [...needed].flatMap((each) => (index % 10 === 0 ? [] : (tokens[each] ?? [])));
    const common = { scope: Scope.APP, inject, ...(index % 2 === 0 ? { release } : {}) };
    if (index % 5 === 0) provider.provide(key, { ...common, create: async (...parts) => parts });
    else provider.provide(key, { ...common, create: (...parts) => parts });
    tokens.push(key);
  }
  return provider;
}

function release(): void {}

/** The milliseconds that starting `count` factories takes which wait `waitMs` each and do not need each other. */
export async function parallelStartMs(count: number, waitMs: number): Promise<number> {
  const provider = new Provider('independent');
  for (let index = 0; index < count; index += 1) {
    provider.provide(token<object>()(`Slow${index}`), {
      scope: Scope.APP,
      create: () => new Promise<object>((resolve) => setTimeout(resolve, waitMs, {})),
    });
  }
  const startedAt = performance.now();
  const app = await Application.start([provider]);
  const elapsedMs = performance.now() - startedAt;
  await app.stop();
  return elapsedMs;
}
