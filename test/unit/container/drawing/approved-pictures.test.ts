import {
  all,
  type AnyProvider,
  Application,
  type DescribedToken,
  graph,
  type GraphDescription,
  lazy,
  optional,
  Provider,
  Scope,
  token,
} from '../../../../src/index.js';
import { svg } from '../../../../src/container/drawing/svg.js';
import { sampleService } from '../../../support/container/sample-service.js';
import { expectPicture } from '../../../support/picture.js';

type Key = ReturnType<typeof key>;

const create = (): string => 'value';

function key(name: string) {
  return token<string>()(name);
}

/** `description` as after a start that took the same times on every machine, and waited for the tokens of these names. */
function started(description: GraphDescription, waitedFor: readonly string[]): GraphDescription {
  const ids = waitedFor.map((name) => description.tokens.find((each) => each.name === name)?.id ?? name);
  const timed = (each: DescribedToken, index: number): DescribedToken => ({
    ...each,
    ...(index % 5 === 4 ? {} : { startedAtMs: index * 1.7, durationMs: (index * index) / 7 }),
    onCriticalPath: ids.includes(each.id),
  });
  return { ...description, tokens: description.tokens.map(timed), criticalPath: ids };
}

/** Everything that a graph may have in it, sound or not. */
function everything(): GraphDescription {
  const [Url, Pool, Cache, Bus, Log] = ['Url', 'Pool', 'Cache', 'Bus', 'Log'].map(key) as [
    Key,
    Key,
    Key,
    Key,
    Key,
  ];
  const [Chicken, Egg, Farm] = ['Chicken', 'Egg', 'Farm'].map(key) as [Key, Key, Key];
  const [User, Handler, Step, Foreign] = ['User', 'Handler', 'Step', 'Foreign'].map(key) as [
    Key,
    Key,
    Key,
    Key,
  ];
  const Long = key('AVeryLongNameOfSomethingThatNobodyCouldEverReadInOneLineSoThatItTakesThreeOfThemAndMore');
  const Strange = key('<b>"日本 🚀" & \u0000\'x\'</b>');
  const Check = token<string>()('Check');
  const Also = key('Also');
  const Again = key('Again');
  class Service {
    readonly open = true;
  }
  const provider: AnyProvider = new Provider('clients');
  provider.provide(Url, { value: 'x' });
  provider.provide(Log, { scope: Scope.APP, create });
  provider.provide(Pool, { scope: Scope.APP, inject: [Url, Log], create, cached: false });
  provider.provide(Cache, { scope: Scope.APP, inject: [Url, lazy(Pool), Log], create, eager: false });
  provider.provide(Bus, { scope: Scope.APP, inject: [Cache, Pool, Log], create, eager: 'if-used' });
  provider.decorate(Bus, { inject: [Log], create: (bus: string) => bus });
  provider.alias(Also, Bus);
  provider.alias(Again, Bus);
  provider.alias(key('Nowhere'), key('Nothing'));
  provider.provideClass(Service, { scope: Scope.APP, inject: [] });
  for (const name of ['first', 'second']) {
    provider.provide(Check, {
      scope: Scope.APP,
      collect: true,
      inject: [Log, ...(name === 'first' ? [Pool] : [])],
      create,
    });
  }
  const other: AnyProvider = new Provider('the provider of requests');
  other.context(User, { scope: Scope.SESSION });
  other.provide(Handler, {
    scope: Scope.REQUEST,
    inject: [User, Bus, all(Check), optional(key('Absent')), all(key('Nobody')), Log, Foreign],
    create,
  });
  other.provide(Step, { scope: Scope.STEP, inject: [Handler, Url, Log, lazy(key('LazilyMissing'))], create });
  other.provide(Long, { scope: Scope.REQUEST, inject: [Strange, Step, Log], create });
  other.provide(Strange, { scope: Scope.REQUEST, inject: [key('Missing'), lazy(Long), Log], create });
  other.provide(Chicken, { scope: Scope.APP, inject: [Egg, Log], create });
  other.provide(Egg, { scope: Scope.APP, inject: [Chicken], create });
  other.provide(Farm, { scope: Scope.ACTION, inject: [Farm, Egg, Chicken, Handler, User], create });
  other.provide(key('Log'), { scope: Scope.REQUEST, create });
  const app = new Application<readonly AnyProvider[]>([provider, other]);
  app.container.bind(Foreign).toConstantValue('');
  return app.describe();
}

function drawn(description: GraphDescription, format: 'html' | 'mermaid'): string {
  return graph({ describe: () => description }, format);
}

describe('a picture is the approved one', () => {
  it('of a service of ordinary shape', async () => {
    const description = new Application(sampleService({ areas: 5 })).describe();
    await expectPicture('service.svg', svg(description));
  });

  it('of one that has started', async () => {
    const description = new Application(sampleService({ areas: 2 })).describe();
    const path = ['PostgresSettings', 'PostgresPool', 'EssayRepository', 'CachedEssayRepository'];
    await expectPicture('started.svg', svg(started(description, path)));
  });

  it('of a page before a start, without what all pages have', async () => {
    const provider: AnyProvider = new Provider('p');
    provider.provide(key('Url'), { value: 'x' });
    const second: AnyProvider = new Provider('');
    second.provide(key('Url'), { scope: Scope.APP, create });
    second.provide(key('Also'), { scope: Scope.APP, create });
    const page = drawn(new Application<readonly AnyProvider[]>([second, provider]).describe(), 'html');
    await expectPicture('small.html', page.replaceAll(/<(style|script)>.*?<\/\1>/gs, '<$1></$1>'));
    const empty = drawn(new Application([]).describe(), 'html');
    await expectPicture('empty.html', empty.replaceAll(/<(style|script)>.*?<\/\1>/gs, '<$1></$1>'));
  });

  it('of everything that may be in a graph, as a page and for mermaid', async () => {
    const description = everything();
    const after = started(description, ['Url', 'Pool', 'Bus']);
    await expectPicture('everything-started.html', drawn(after, 'html'));
    await expectPicture('everything-started.mmd', drawn(after, 'mermaid'));
  });
});
