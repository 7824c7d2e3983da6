import { Application, Provider, Scope, type Token, token } from '../../src/index.js';
import type { Contender } from '../measure/race.js';
import { sink } from './subjects.js';

/** How many tokens are asked for in turn, so that no lookup can be done once for all. A power of two. */
const count = 16;

/** Getting values of the application that are built, and finding the same in a Map by the same keys. */
export async function cachedGets(): Promise<{
  readonly contenders: readonly Contender[];
  readonly stop: () => Promise<void>;
}> {
  const provider = new Provider('values');
  const tokens: Token<object>[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = token<object>()(`Value${index}`);
    provider.provide(key, { scope: Scope.APP, create: () => ({ index }) });
    tokens.push(key);
  }
  const app = await Application.start([provider]);
  const map = new Map(tokens.map((key) => [key, app.getSync(key)]));
  const slipway: Contender = {
    name: 'slipway',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        sink.value = app.getSync(tokens[left & (count - 1)] as Token<object>);
      }
    },
  };
  const byMap: Contender = {
    name: 'map',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        sink.value = map.get(tokens[left & (count - 1)] as Token<object>);
      }
    },
  };
  return { contenders: [slipway, byMap], stop: () => app.stop() };
}
