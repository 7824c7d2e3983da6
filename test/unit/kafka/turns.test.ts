import { expect } from 'chai';
import { Turns } from '../../../src/kafka/turns.js';

describe(Turns.name, () => {
  it('runs changes one after the other, the last one that was asked for at the end', async () => {
    const turns = new Turns<'start' | 'stop'>();
    const log: string[] = [];
    const change = (name: 'start' | 'stop') => (): Promise<void> => {
      log.push(name);
      return Promise.resolve();
    };
    const ask = (name: 'start' | 'stop'): Promise<void> => turns.run(name, change(name));
    const first = ask('stop');
    expect(ask('stop')).to.equal(first);
    await Promise.all([first, ask('start'), ask('stop')]);
    expect(log).to.deep.equal(['stop', 'start', 'stop']);
  });

  it('knows what is pending, and goes on after a change that failed', async () => {
    const turns = new Turns<'start' | 'stop'>();
    const failed = turns.run('start', () => Promise.reject(new Error('no')));
    expect([turns.isPending('start'), turns.isPending('stop')]).to.deep.equal([true, false]);
    expect(await failed.catch((error: unknown) => String(error))).to.equal('Error: no');
    expect(turns.isPending('start')).to.equal(false);
    await turns.run('start', () => Promise.resolve());
  });
});
