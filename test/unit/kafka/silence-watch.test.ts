import { expect } from 'chai';
import { type SinonFakeTimers, useFakeTimers } from 'sinon';
import { SilenceWatch } from '../../../src/kafka/drivers/kafkajs/silence-watch.js';

describe(SilenceWatch.name, () => {
  let clock: SinonFakeTimers;
  let silences: number[];
  let watch: SilenceWatch;

  beforeEach(() => {
    clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    silences = [];
    watch = new SilenceWatch((ms) => silences.push(ms));
    watch.begin();
  });

  afterEach(() => {
    watch.end();
    clock.restore();
  });

  it('tells of a silence of 6 s once', () => {
    clock.tick(5_999);
    expect(silences).to.deep.equal([]);
    clock.tick(60_000);
    expect(silences).to.deep.equal([6_000]);
  });

  it('begins anew with whatever is heard', () => {
    for (let turn = 0; turn < 4; turn += 1) {
      clock.tick(5_000);
      watch.heard();
    }
    expect(silences).to.deep.equal([]);
    clock.tick(6_000);
    watch.heard();
    clock.tick(6_000);
    expect(silences).to.deep.equal([6_000, 6_000]);
  });

  it('tells nothing once it has ended, and of what follows when it begins again', () => {
    clock.tick(5_000);
    watch.end();
    clock.tick(60_000);
    watch.begin();
    clock.tick(5_999);
    expect(silences).to.deep.equal([]);
    clock.tick(1);
    expect(silences).to.deep.equal([6_000]);
  });
});
