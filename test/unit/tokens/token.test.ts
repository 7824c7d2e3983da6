import { expect } from 'chai';
import { protocol, protocolMembers, token, tokenName } from '../../../src/index.js';

interface Clock {
  now(): number;
}

describe('token', () => {
  it('is a symbol that carries its name', () => {
    const clock = token<Clock>()('Clock');
    expect(clock).to.be.a('symbol');
    expect(tokenName(clock)).to.equal('Clock');
  });

  it('is its own key even when another has its name', () => {
    expect(token<Clock>()('Clock')).to.not.equal(token<Clock>()('Clock'));
  });
});

describe('tokenName', () => {
  it('is the own name of a class that serves as its token', () => {
    class Auditor {
      readonly kind = 'auditor';
    }
    expect(tokenName(Auditor)).to.equal('Auditor');
  });

  it('says what has no name', () => {
    const nameless = (() =>
      class {
        readonly kind = 'nameless';
      })();
    expect(tokenName(nameless)).to.equal('anonymous class');
    expect(tokenName(Symbol() as never)).to.equal('anonymous');
    expect(tokenName(undefined as never)).to.equal('undefined');
  });
});

describe('protocol', () => {
  it('keeps the members of its interface', () => {
    const clock = protocol<Clock>()('Clock', ['now']);
    expect(protocolMembers(clock)).to.deep.equal(['now']);
  });

  it('keeps them with the numbers of their arguments, too', () => {
    const clock = protocol<Clock>()('Clock', { now: 0 });
    expect(protocolMembers(clock)).to.deep.equal(['now']);
  });

  it('has no members for a plain token', () => {
    expect(protocolMembers(token<Clock>()('Clock'))).to.equal(undefined);
  });
});
