import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { patientSignal, patientTimeout } from '../../../src/redis/patient-timeout.js';

describe(patientTimeout.name, () => {
  it('expires after its time', async () => {
    const begunAt = performance.now();
    await new Promise<void>((resolve) => void patientTimeout(40, resolve));
    expect(performance.now() - begunAt).to.be.at.least(35);
  });

  it('does not expire because the process stood still', async () => {
    let isExpired = false;
    const end = patientTimeout(80, () => {
      isExpired = true;
    });
    const until = performance.now() + 200;
    while (performance.now() < until);
    await turn();
    await turn();
    end();
    expect(isExpired).to.equal(false);
  });

  it('does not expire once it was ended', async () => {
    let isExpired = false;
    patientTimeout(8, () => {
      isExpired = true;
    })();
    await new Promise<void>((resolve) => void patientTimeout(40, resolve));
    expect(isExpired).to.equal(false);
  });
});

describe(patientSignal.name, () => {
  it('aborts after its time, and not because the process stood still', async () => {
    const { limit, end } = patientSignal(new AbortController().signal, 80);
    const until = performance.now() + 200;
    while (performance.now() < until);
    await turn();
    await turn();
    expect(limit.aborted).to.equal(false);
    await once(limit, 'abort');
    expect(limit.reason).to.have.property('name', 'TimeoutError');
    end();
  });

  it('aborts as the signal that it was given', () => {
    const given = new AbortController();
    const { limit, end } = patientSignal(given.signal, 10_000);
    given.abort('enough');
    expect(limit.reason).to.equal('enough');
    end();
  });
});
