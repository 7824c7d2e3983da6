import { expect } from 'chai';
import { ConsumerState } from '../../../../src/kafka/consumer/consumer-state.js';
import { KafkaErrors } from '../../../../src/kafka/kafka-errors.js';

function running(): ConsumerState {
  const state = new ConsumerState(new KafkaErrors('desk', 'kafka:9092'));
  state.enter('starting');
  state.enter('running');
  return state;
}

describe(ConsumerState.name, () => {
  it('is starting until it has its partitions, then ready', () => {
    const state = running();
    expect(state.status.state).to.equal('starting');
    state.assigned();
    expect(state.status.state).to.equal('ready');
  });

  for (const [what, fail] of [
    ['commit', (state: ConsumerState) => state.committed(new Error('no'))],
    ['dead letter', (state: ConsumerState) => state.deadLetter({}, new Error('no'))],
  ] as const) {
    it(`is degraded while its last ${what} failed, and starting without its partitions all the same`, () => {
      const state = running();
      state.assigned();
      fail(state);
      expect(state.status).to.include({ state: 'degraded', lastError: 'no' });
      state.revoked();
      expect(state.status).to.include({ state: 'starting', lastError: 'no' });
    });
  }

  it('is degraded until each message that failed has its dead letter', () => {
    const state = running();
    state.assigned();
    const [first, second] = [{}, {}];
    state.deadLetter(first, new Error('one'));
    state.deadLetter(second, new Error('two'));
    expect(state.status).to.include({ state: 'degraded', lastError: 'two' });
    state.deadLetter(second, undefined);
    expect(state.status).to.include({ state: 'degraded', lastError: 'one' });
    state.deadLetter(first, undefined);
    expect(state.status.state).to.equal('ready');
  });

  it('is ready with new partitions, whatever could not be done of the ones before', () => {
    const state = running();
    state.assigned();
    state.committed(new Error('no'));
    state.deadLetter({}, new Error('no'));
    state.revoked();
    state.assigned();
    expect(state.status.state).to.equal('ready');
    expect(state.status.lastError).to.equal(undefined);
  });
});
