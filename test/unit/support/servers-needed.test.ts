import { expect } from 'chai';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.js';
import { serversNeeded } from '../../support/servers/for-tests.js';

describe('serversNeeded', () => {
  for (const [file, servers] of [
    ['build/test/integration/redis/redis-client.test.js', ['redis']],
    ['build/test/contract/kafka/kafka-bus.test.js', ['kafka']],
    ['build/test/integration/chromium/page.test.js', ['chromium']],
    ['build/test/integration/essay-desk/desk.test.js', ['redis', 'kafka']],
    ['build/test/integration/desk.test.js', ['redis', 'kafka']],
    ['build/test/unit/redis/redis-client.test.js', []],
    ['build/test/package/package.test.js', []],
  ] as const) {
    it(`of ${file} are ${servers.join(' and ') || 'none'}`, () => {
      expect(serversNeeded(join(projectRoot, file))).to.deep.equal(servers);
    });
  }
});
