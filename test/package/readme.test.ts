import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Child } from '../support/child.js';
import { projectRoot } from '../support/project-root.js';

function read(file: string): Promise<string> {
  return readFile(join(projectRoot, file), 'utf8');
}

/** A source as a reader of the README would have it: the package by its name, the service beside its test. */
async function asShown(file: string): Promise<string> {
  const source = await read(file);
  return source
    .replaceAll(/'(?:\.\.\/)+src\/index\.js'/g, `'slipway'`)
    .replaceAll(/'(?:\.\.\/)+src\/testing\/index\.js'/g, `'slipway/testing'`)
    .replaceAll(/'(?:\.\.\/)+examples\/quick-start\/essays\.js'/g, `'./essays.js'`);
}

describe('README.md', () => {
  let text: string;

  before(async () => {
    text = await read('README.md');
  });

  it('shows a service that is compiled and a test that is run', async () => {
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);

    expect(blocks).to.deep.equal([
      await asShown('examples/quick-start/essays.ts'),
      await asShown('test/unit/quick-start/essays.test.ts'),
    ]);
  });

  it('shows the one statement of a main that runs', async () => {
    const statement = /^await run.*;$/m.exec(await read('examples/quick-start/main.ts'))?.[0];
    expect(statement).to.match(/^await runApplication/);
    expect(text).to.include(`\`${statement}\``);

    await using service = Child.node('examples/quick-start/main.ts', {
      env: { SERVICE_NAME: 'essays', REDIS_URL: 'memory://', KAFKA_BOOTSTRAP_SERVERS: 'memory://' },
    });
    await service.until(/Kafka connected/);
    await service.until(/Redis connected/);
    service.signal('SIGTERM');
    expect((await service.ended).code).to.equal(0);
  });

  it('has at most 60 lines, and no link to nothing', () => {
    expect(text.trimEnd().split('\n').length).to.be.at.most(60);
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
    expect(links).to.include('docs/settings.md');
    expect(links.filter((link) => !existsSync(join(projectRoot, link)))).to.deep.equal([]);
  });

  it('names commands that exist', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    for (const [, name = ''] of text.matchAll(/npm (?:run )?(start|test)/g))
      expect(scripts).to.have.property(name);
    expect(text).to.include('npm ci && npm start').and.include('npm ci && npm test');
  });
});
