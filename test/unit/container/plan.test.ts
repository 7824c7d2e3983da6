import { expect } from 'chai';
import { blank, factoryNode, type GraphNode } from '../../../src/container/graph-node.js';
import { SlotNumbers } from '../../../src/container/plan.js';
import { Provider, Scope, token } from '../../../src/index.js';
import { Request } from '../../support/container/request.js';

const A = token<string>()('A');
const B = token<string>()('B');

function derived(key: typeof A | typeof B, level: number): GraphNode {
  return { ...blank(key, 'absent'), level };
}

describe(SlotNumbers.name, () => {
  it('numbers the nodes of each level, those of the application and around it in one row', () => {
    const slots = new SlotNumbers(1);
    expect(
      [derived(A, 0), derived(B, 1), derived(A, 2), derived(B, 3), derived(A, 3)].map((node) =>
        slots.of(node),
      ),
    ).to.deep.equal([0, 1, 0, 0, 1]);
    expect([0, 1, 2, 3, 4].map((level) => slots.count(level))).to.deep.equal([2, 2, 1, 2, 0]);
    expect([0, 1, 2, 3, 4].map((level) => slots.isUsed(level))).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('knows a node of a new graph by its factory, and one without by its token', () => {
    const slots = new SlotNumbers(1);
    const [first, second] = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: () => 'first' })
      .provide(A, { scope: Scope.REQUEST, override: true, create: () => 'second' }).factories;
    if (first === undefined || second === undefined) throw new Error('two were provided');
    const nodes = [factoryNode(A, first, 3), factoryNode(A, second, 3), derived(A, 3)];
    const again = [factoryNode(A, first, 3), factoryNode(A, second, 3), derived(A, 3)];
    expect([...nodes, ...again].map((node) => slots.of(node))).to.deep.equal([0, 1, 2, 0, 1, 2]);
  });
});

describe('the scopes that open together', () => {
  it('are those that something lives in', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, create: () => '' });
    await using without = await Request.open(provider);
    expect(without.scope.outer?.name).to.equal('APP');
    provider.provide(B, { scope: Scope.SESSION, create: () => '' });
    await using request = await Request.open(provider);
    expect(request.scope.outer?.name).to.equal('SESSION');
    expect(request.scope.outer?.outer?.name).to.equal('APP');
  });
});
