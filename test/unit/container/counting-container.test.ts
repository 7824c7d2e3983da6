import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { CountingContainer } from '../../../src/container/counting-container.js';
import { token } from '../../../src/index.js';

const A = token<string>()('A');
const B = token<string>()('B');

function loadable(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(B).toConstantValue('b');
  });
}

describe(CountingContainer.name, () => {
  const module = loadable();
  const operations: Readonly<Record<string, (container: CountingContainer) => unknown>> = {
    bind: (container) => container.bind(B),
    rebind: (container) => container.rebind(A),
    rebindAsync: (container) => container.rebindAsync(A),
    unbind: (container) => container.unbind(A),
    unbindAsync: (container) => container.unbindAsync(A),
    unbindAll: (container) => container.unbindAll(),
    unbindAllAsync: (container) => container.unbindAllAsync(),
    load: (container) => container.load(loadable()),
    loadAsync: (container) => container.loadAsync(loadable()),
    unload: (container) => container.unload(module),
    unloadAsync: (container) => container.unloadAsync(module),
    restore: (container) => container.restore(),
  };
  for (const [name, operation] of Object.entries(operations)) {
    it(`counts ${name}`, async () => {
      const container = new CountingContainer();
      container.snapshot();
      container.load(module);
      container.bind(A).toConstantValue('a');
      const { changes } = container;
      await operation(container);
      expect(container.changes).to.be.greaterThan(changes);
    });
  }

  it('counts a binding when it is asked for and again when it is made, with all that is said of it', () => {
    const container = new CountingContainer();
    const syntax = container.bind(A);
    const asked = container.changes;
    const made = syntax.toConstantValue('a');
    expect(asked).to.be.greaterThan(0);
    expect(container.changes).to.be.greaterThan(asked);
    made.onActivation((_context, value) => `${value}!`);
    expect(container.get(A)).to.equal('a!');
  });

  it('knows what was added here, in order, but not what is its own', async () => {
    const container = new CountingContainer();
    container.bindOwn(token<string>()('own')).toConstantValue('');
    expect(container.changes).to.equal(0);
    const [first, second] = [module, loadable()];
    container.load(first);
    await container.loadAsync(second);
    container.bind(B);
    container.rebind(A).toConstantValue('');
    await container.rebindAsync(B);
    expect(container.additions.identifiers).to.deep.equal([B, A]);
    expect(container.additions.modules).to.deep.equal([first, second]);
    container.unload(first);
    await container.unloadAsync(second);
    expect(container.additions.modules).to.deep.equal([]);
    for (const operation of [container.rebind.bind(container), container.rebindAsync.bind(container)]) {
      const other = token<string>()('other');
      await operation(other);
      expect(container.additions.identifiers).to.include(other);
    }
  });
});
