import { expect } from 'chai';
import { freePort } from '../../../src/testing/real/free-port.js';

describe(freePort.name, () => {
  it('gives each once, and none that a client which dials may be given', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set(ports).size).to.equal(20);
    expect(Math.max(...ports)).to.be.below(32_768);
  });
});
