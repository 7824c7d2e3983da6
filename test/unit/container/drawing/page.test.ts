import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import {
  Application,
  type AnyProvider,
  graph,
  type GraphDescription,
  Provider,
  Scope,
  token,
} from '../../../../src/index.js';
import { sampleService } from '../../../support/container/sample-service.js';

const create = (): string => 'value';

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group);
}

/** Every line the graph has, as `from to`. */
function lines({ tokens }: GraphDescription): string[] {
  return tokens
    .flatMap(({ id, dependencies, lazyDependencies }) =>
      [...dependencies, ...lazyDependencies].map((to) => `${id} ${to}`),
    )
    .toSorted();
}

function drawnLines(page: string): string[] {
  return [...page.matchAll(/data-from="(t\d+)" data-to="(t\d+)"/g)]
    .map(([, from, to]) => `${from} ${to}`)
    .toSorted();
}

describe("graph(app, 'html')", () => {
  let app: Application;
  let page: string;
  let description: GraphDescription;

  before(() => {
    app = new Application(sampleService());
    page = graph(app, 'html');
    description = app.describe();
  });

  it('shows every token and every dependency once', () => {
    expect(description.tokens.length).to.be.greaterThan(149);
    const cards = matches(page, /<g id="(t\d+)" class="card/g);
    expect(cards).to.deep.equal(description.tokens.map(({ id }) => id));
    expect(drawnLines(page)).to.deep.equal(lines(description));
  });

  it('shows every scope as a region with the number of its tokens', () => {
    expect(matches(page, /<g class="region[^>]*>.*?<text[^>]*>(\w+)</g)).to.deep.equal([
      'APP',
      'REQUEST',
      'ACTION',
    ]);
    const counts = matches(page, /class="count"[^>]*>(\d+)</g).map(Number);
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(description.tokens.length);
  });

  it('tells by names in the cards, not by lines, what half the graph needs', () => {
    const id = description.tokens.find(({ name }) => name === 'LoggerFactory')?.id;
    expect(page).to.not.match(new RegExp(`<path class="edge[^>]*data-to="${id}"`));
    expect(
      matches(page, new RegExp(`class="chip" (data-from)="t\\d+" data-to="${id}"`, 'g')).length,
    ).to.be.greaterThan(50);
  });

  it('is the same each time', () => {
    expect(graph(new Application(sampleService()), 'html')).to.equal(page);
  });

  it('stays small', () => {
    expect(page.length).to.be.below(400_000);
  });

  it('loads nothing and lets nothing but its own script and style run', () => {
    expect(page).to.not.match(/\b(?:src|href)=|@import|url\((?!#)/);
    expect(page.replace('http://www.w3.org/2000/svg', '')).to.not.match(/https?:/);
    const policy = matches(page, /Content-Security-Policy" content="([^"]*)"/g).join('');
    expect(policy)
      .to.match(/^default-src 'none';/)
      .and.not.include('unsafe');
    for (const [element, directive] of [
      ['style', 'style-src'],
      ['script', 'script-src'],
    ] as const) {
      const [text = ''] = [...page.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(
        (m) => m[1],
      );
      const digest = createHash('sha256').update(text).digest('base64');
      expect(policy).to.include(`${directive} 'sha256-${digest}'`);
    }
    // What the policy would refuse.
    expect(page).to.not.match(/ style="| on[a-z]+="/);
  });

  it('has a script that can be read, for elements that are there', () => {
    const script = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map((match) => match[1] ?? '').join('');
    expect(() => new Script(script)).to.not.throw();
    const ids = matches(script, /getElementById\('(\w+)'\)/g);
    expect(ids).to.have.length.greaterThan(5);
    for (const id of ids) expect(page).to.include(` id="${id}"`);
  });

  it('carries the description as data', () => {
    const [data = ''] = matches(page, /<script type="application\/json" id="data">(.*?)<\/script>/g);
    expect(JSON.parse(data)).to.deep.equal(JSON.parse(graph(app, 'json')));
  });

  it('makes no markup of any name', () => {
    const names = [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(1)</script>',
      "a'b&c",
      '</script>',
      '日本 🚀',
      '\u0000',
    ];
    const provider: Provider<string, string> = new Provider('<b>"provider"</b>');
    for (const name of names) provider.provide(token<string>()(name), { value: '' });
    const odd = graph(new Application([provider]), 'html');
    expect(odd).to.not.match(/<img|<b>|alert\(1\)<\/script>/);
    expect(matches(odd, /(<script)/g)).to.have.length(2);
    expect(odd).to.include('&lt;img src=x onerror=alert(1)&gt;');
    expect(odd).to.include('日本 🚀');
  });

  it('shows each problem with its path, and marks who has a part in it', () => {
    const A = token<string>()('A');
    const B = token<string>()('B');
    const C = token<string>()('C');
    const broken = new Application([
      new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [B], create })
        .provide(B, { scope: Scope.APP, inject: [A, C], create }) as AnyProvider,
    ]);
    const shown = graph(broken, 'html');
    const problems = broken.validate();
    expect(problems.map(({ kind }) => kind)).to.deep.equal(['missing', 'cycle']);
    expect(matches(shown, /<li><strong>(.*?)<\/strong>/g)).to.deep.equal(
      problems.map(({ message }) => message.replaceAll('>', '&gt;')),
    );
    expect(shown).to.include('╭─&gt; A').and.include('2 problems');
    expect(matches(shown, /<g id="(t\d)" class="card [^"]*problem"/g)).to.deep.equal(['t1', 't2', 't3']);
    expect(matches(shown, /<path class="edge problem" data-from="(t\d)"/g)).to.have.length(3);
  });

  it('shows what needs itself', () => {
    const A = token<string>()('A');
    const shown = graph(
      new Application([new Provider('p').provide(A, { scope: Scope.APP, inject: [A], create })]),
      'html',
    );
    expect(drawnLines(shown)).to.deep.equal(['t1 t1']);
  });

  it('lists when each token was built, the longest first, with the critical path', async () => {
    await using started = await Application.start(sampleService());
    const { tokens, criticalPath } = started.describe();
    const shown = graph(started, 'html');
    const rows = matches(shown, /<tr data-id="(t\d+)"/g);
    const took = rows.map((id) => tokens.find((each) => each.id === id)?.durationMs ?? -1);
    expect(rows).to.have.length(tokens.length);
    expect(took).to.deep.equal(took.toSorted((a, b) => b - a));
    expect(matches(shown, /<tr data-id="(t\d+)" class="critical"/g)).to.have.members(criticalPath);
    expect(matches(shown, /<path class="edge critical" data-from="(t\d+)"/g)).to.have.length(
      criticalPath.length - 1,
    );
    expect(shown).to.include('started in');
  });

  it('draws an application without providers', () => {
    expect(graph(new Application([]), 'html')).to.include('0 tokens, 0 scopes, not started');
  });
});
