import { expect } from 'chai';
import { layers, violations } from './layers.js';
import { readSources } from './sources.js';

/** What the check says of one planted file. */
function planted(path: string, source: string): string[] {
  return violations(new Map([[path, source]]));
}

describe('the layers of src', () => {
  it('hold in every file', () => {
    const sources = readSources();
    expect(sources.size).to.be.greaterThan(10);
    expect([...sources.keys()]).to.include.members(['index.ts', 'errors/codes.ts', 'tokens/token.ts']);
    expect(violations(sources)).to.deep.equal([]);
  });

  const forbidden: readonly (readonly [what: string, path: string, source: string])[] = [
    ['an import', 'redis/a.ts', `import { Application } from '../container/application.js';`],
    ['an import of many lines', 'redis/a.ts', `import {\n  A,\n  type B,\n} from\n  '../container/a.js';`],
    ['a default import', 'redis/a.ts', `import a, { b } from "../container/a.js";`],
    ['a namespace import', 'redis/a.ts', `import * as all from '../container/a.js'`],
    ['an import for effect', 'redis/a.ts', `import '../container/a.js';`],
    ['a type import', 'redis/a.ts', `import type { Graph } from '../container/graph.js';`],
    ['a re-export', 'errors/a.ts', `export { token } from '../tokens/token.js';`],
    ['a re-export of all', 'errors/a.ts', `export * from '../tokens/token.js';`],
    ['a type re-export', 'errors/a.ts', `export type { Token } from '../tokens/token.js';`],
    ['a dynamic import', 'events/a.ts', `const a = await import('../kafka/kafka-bus.js');`],
    ['an import() in a type', 'events/a.ts', `let bus: import("../kafka/kafka-bus.js").KafkaBus;`],
    ['a require', 'events/a.ts', `const a = require('../kafka/kafka-bus.js');`],
    ['a detour through the index', 'kafka/a.ts', `import { Application } from '../index.js';`],
    ['a detour from deeper down', 'kafka/drivers/a.ts', `import { Scope } from '../../index.js';`],
    ['a detour by the own name', 'kafka/a.ts', `import { Application } from 'slipway';`],
    ['a path out of src', 'kafka/a.ts', `import { stub } from '../../test/support/stub.js';`],
    ['values of events in protocols', 'protocols/a.ts', `import { type E } from '../events/envelope.js';`],
    ['testing in the index', 'index.ts', `export { stub } from './testing/stub.js';`],
    ['one surface in another', 'http/a.ts', `import { main } from '../cli/main.js';`],
    ['inversify outside container', 'providers/a.ts', `import { Container } from 'inversify';`],
    ['a part of inversify', 'testing/a.ts', `import { Container } from '@inversifyjs/container';`],
    ['ioredis outside redis', 'health/a.ts', `import type { Redis } from 'ioredis';`],
    ['a file inside kafkajs', 'providers/a.ts', `import x from 'kafkajs/src/index.js';`],
    ['a package in tokens', 'tokens/a.ts', `import { z } from 'zod';`],
    ['a folder that is not in the table', 'misc/a.ts', `export const a = 1;`],
    ['an import after a comment', 'redis/a.ts', `/* old */ import { a } from '../container/a.js'; // x`],
    ['an import after odd literals', 'redis/a.ts', `const a = /['"]/;\nawait import('../container/a.js');`],
  ];
  for (const [what, path, source] of forbidden) {
    it(`refuse ${what}`, () => {
      const found = planted(path, source);
      expect(found).to.have.length(1);
      expect(found[0]).to.match(new RegExp(`^${path}: `));
    });
  }

  const allowed: readonly (readonly [what: string, path: string, source: string])[] = [
    ['the own folder', 'kafka/drivers/a.ts', `import { b } from '../kafka-bus.js';`],
    ['a folder below', 'redis/a.ts', `import { RedisError } from '../errors/redis-error.js';`],
    ['types of events in protocols', 'protocols/a.ts', `import type { E } from '../events/envelope.js';`],
    ['a module of Node in errors', 'errors/a.ts', `import { inspect } from 'node:util';`],
    ['the own driver', 'redis/a.ts', `import { Redis } from 'ioredis';`],
    ['an import that stands in a comment', 'redis/a.ts', `// import { a } from '../container/a.js';`],
    [
      'an import that stands in a docstring',
      'redis/a.ts',
      `/**\n * import { a } from '../container/a.js';\n */`,
    ],
    ['http in the index', 'index.ts', `export { healthRoutes } from './http/health-routes.js';`],
  ];
  for (const [what, path, source] of allowed) {
    it(`allow ${what}`, () => {
      expect(planted(path, source)).to.deep.equal([]);
    });
  }

  it('name only folders of the table', () => {
    const named = Object.values(layers).flatMap(({ may, mayImportTypesOf = [] }) => [
      ...may,
      ...mayImportTypesOf,
    ]);
    expect(Object.keys(layers)).to.include.members(named);
  });
});
