import { expect } from 'chai';
import { Application, graph, lazy, Provider, Scope, token } from '../../../../src/index.js';

const create = (): string => 'value';

describe("graph(app, 'mermaid')", () => {
  it('draws scopes as subgraphs, tokens by their kind, and lazy lines dashed', () => {
    const Settings = token<string>()('Settings');
    const Client = token<string>()('Client');
    const UserId = token<string>()('UserId');
    const Handler = token<string>()('Handler');
    const app = new Application([
      new Provider('p')
        .provide(Settings, { value: '' })
        .provide(Client, { scope: Scope.APP, inject: [Settings], create })
        .context(UserId, { scope: Scope.REQUEST })
        .provide(Handler, { scope: Scope.REQUEST, inject: [UserId, lazy(Client)], create }),
    ]);
    expect(graph(app, 'mermaid')).to.equal(
      [
        'flowchart RL',
        '  subgraph s1["APP"]',
        '    t1(["Settings"])',
        '    t2("Client")',
        '  end',
        '  subgraph s2["REQUEST"]',
        '    t3[/"UserId"/]',
        '    t4("Handler")',
        '  end',
        '  t2 --> t1',
        '  t4 --> t3',
        '  t4 -.-> t2',
        '  classDef critical stroke:#c2410c,stroke-width:3px',
        '  classDef problem stroke:#b91c1c,stroke-width:3px,fill:#fee2e2,color:#450a0a',
        '  classDef ghost stroke-dasharray:5 4',
        '',
      ].join('\n'),
    );
  });

  it('writes any name so that it has no meaning for mermaid', () => {
    const names = ['a"];b-->c', '`**bold**`', '<b>', '1. list', '#35;', 'x\n  end', '日本 é'];
    const provider: Provider<string, string> = new Provider('p');
    for (const name of names) provider.provide(token<string>()(name), { value: '' });
    const drawn = graph(new Application([provider]), 'mermaid');
    const labels = [...drawn.matchAll(/^ {4}t\d+\(\["(.*)"\]\)$/gm)].map(([, label = '']) => label);
    expect(labels).to.have.length(names.length);
    for (const label of labels) expect(label).to.match(/^(?:[\p{L}\p{N} ]|#\d+;)+$/u);
    const shown = labels.map((label) =>
      label.replace(/#(\d+);/g, (_match, code: string) => String.fromCodePoint(Number(code))),
    );
    expect(shown).to.deep.equal(names.map((name) => name.replace('\n', ' ')));
  });

  it('marks problems and the lines they are about', () => {
    const A = token<string>()('A');
    const B = token<string>()('B');
    const app = new Application([
      new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [B], create })
        .provide(B, { scope: Scope.APP, inject: [A], create }),
    ]);
    expect(graph(app, 'mermaid')).to.include('  class t1,t2 problem\n  linkStyle 0,1 stroke:#b91c1c');
  });

  it('marks the critical path, with times', async () => {
    const A = token<string>()('A');
    const B = token<string>()('B');
    await using app = await Application.start([
      new Provider('p')
        .provide(A, { scope: Scope.APP, create: async () => (await Promise.resolve(), 'a') })
        .provide(B, { scope: Scope.APP, inject: [A], create }),
    ]);
    const drawn = graph(app, 'mermaid');
    expect(drawn).to.match(/t1\("A<br\/>[\d#;]+ ms"\)/);
    expect(drawn).to.include('  class t1,t2 critical\n  linkStyle 0 stroke:#c2410c');
  });
});
