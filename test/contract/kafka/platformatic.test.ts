import { expect } from 'chai';
import { PlatformaticDriver } from '../../../src/index.js';
import { node24 } from '../../support/node-24.js';
import { runMocha } from '../../support/run-mocha.js';

describe('PlatformaticDriver', function () {
  this.timeout(180_000);

  it('is refused, in words, on a Node that is too old', () => {
    for (const version of ['20.20.2', '22.21.0', '23.11.0', '24.5.0']) {
      expect(() => new PlatformaticDriver(['a:9092'], version))
        .to.throw(`this is Node ${version}`)
        .with.property('code', 'SLIPWAY_KAFKA_PACKAGE');
    }
    for (const version of ['22.22.0', '24.6.0', '26.0.0']) {
      expect(new PlatformaticDriver(['a:9092'], version).address).to.equal('a:9092');
    }
  });

  it('passes the contract on a Node that it runs on', async () => {
    const { exitCode, output } = await runMocha('contract/kafka/platformatic.fixture.js', {}, await node24());
    expect(exitCode, output).to.equal(0);
    expect(Number(/(\d+) passing/.exec(output)?.[1])).to.be.greaterThan(20);
  });
});
