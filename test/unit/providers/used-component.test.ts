import { expect } from 'chai';
import { stub } from 'sinon';
import type { ApplicationPhase, Component } from '../../../src/index.js';
import { UsedComponent } from '../../../src/providers/used-component.js';
import { token } from '../../../src/tokens/token.js';

const Client = token<Component>()('Client');

function used(phase: ApplicationPhase, client?: Component): UsedComponent {
  return new UsedComponent('redis', Client, { phase, built: stub().returns(client) });
}

describe(UsedComponent.name, () => {
  for (const [phase, state] of [
    ['new', 'disabled'],
    ['starting', 'starting'],
    ['started', 'disabled'],
    ['stopping', 'disabled'],
    ['stopped', 'disabled'],
  ] as const) {
    it(`is ${state} where nothing has the client while the application is ${phase}`, () => {
      expect(used(phase).status.state).to.equal(state);
    });
  }

  it('is what the client is, once there is one', () => {
    const status = { state: 'degraded', since: new Date(), reconnects: 2 } as const;
    for (const phase of ['starting', 'started'] as const)
      expect(used(phase, { name: 'redis', status }).status).to.equal(status);
  });
});
