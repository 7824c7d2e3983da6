import { expect } from 'chai';
import {
  all,
  type AnyProvider,
  Application,
  Inject,
  Injectable,
  lazy,
  named,
  optional,
  Provider,
  Scope,
  SlipwayError,
  token,
  tokenName,
} from '../../../src/index.js';
import { thrown } from '../../support/container/failure.js';

interface Clock {
  now(): number;
}
const Clock = token<Clock>()('Clock');
const Label = token<string>()('Label');

describe('derived tokens', () => {
  it('are the same at every call, so that they can be asked for where they are needed', () => {
    expect(optional(Clock)).to.equal(optional(Clock));
    expect(lazy(Clock)).to.equal(lazy(Clock));
    expect(all(Clock)).to.equal(all(Clock));
    expect(named(Clock, 'utc')).to.equal(named(Clock, 'utc'));
  });

  it('differ from their token, from each other and by label', () => {
    const tokens = [
      Clock,
      optional(Clock),
      lazy(Clock),
      all(Clock),
      named(Clock, 'utc'),
      named(Clock, 'local'),
      optional(named(Clock, 'utc')),
      named(token<Clock>()('Clock'), 'utc'),
    ];
    expect(new Set(tokens).size).to.equal(tokens.length);
  });

  it('say in their name what they are', () => {
    expect(tokenName(optional(Clock))).to.equal('Clock?');
    expect(tokenName(lazy(Clock))).to.equal('() => Clock');
    expect(tokenName(all(Clock))).to.equal('Clock[]');
    expect(tokenName(named(Clock, 'utc'))).to.equal('Clock(utc)');
    expect(tokenName(lazy(named(Clock, 'utc')))).to.equal('() => Clock(utc)');
  });
});

// What a description in plain JavaScript, or past a cast, may look like.
const loose = (options: object): (() => AnyProvider) => {
  const provider = new Provider('clocks') as unknown as {
    provide(key: unknown, options: object): AnyProvider;
  };
  return () => provider.provide(Clock, options);
};

describe('Provider', () => {
  for (const [what, options, message] of [
    ['says nothing about how it is made', { scope: 'APP' }, 'exactly one of create, class and value'],
    [
      'says two ways in which it is made',
      { scope: 'APP', create: () => ({}), value: {} },
      'exactly one of create, class and value',
    ],
    [
      'says both a class and a value',
      { scope: 'APP', class: Object, value: {} },
      'exactly one of create, class and value',
    ],
    ['has a promise as its value', { value: Promise.resolve({}) }, 'a promise as its value'],
    ['has a create that is no function', { scope: 'APP', create: {} }, 'a create that is no function'],
    [
      'has a start limit of 0',
      { scope: 'APP', create: () => ({}), startTimeoutMs: 0 },
      'startTimeoutMs: 0, which must be a positive number',
    ],
    [
      'has a stop limit that is no number',
      { scope: 'APP', create: () => ({}), stopTimeoutMs: Number.NaN },
      'stopTimeoutMs: NaN, which must be a positive number',
    ],
  ] as const) {
    it(`refuses a factory that ${what}, naming token and provider`, () => {
      const error = thrown(SlipwayError, loose(options));
      expect(error.code).to.equal('SLIPWAY_CONTAINER_PROVIDER_INVALID');
      expect(error.message).to.include(message).and.include("Clock in provider 'clocks'");
      expect(error.context).to.deep.equal({ key: 'Clock', provider: 'clocks' });
    });
  }

  it('refuses to include something that is no Provider', () => {
    const nothing = undefined as unknown as AnyProvider;
    const error = thrown(SlipwayError, () => new Provider('outer').include(nothing));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_PROVIDER_INVALID');
    expect(error.message).to.include("'outer'");
  });

  it('keeps its factories in the order they were provided, with those it includes in their place', () => {
    const inner = new Provider('inner').provide(named(Clock, 'b'), { value: { now: () => 2 } });
    const outer = new Provider('outer')
      .provide(named(Clock, 'a'), { value: { now: () => 1 } })
      .include(inner)
      .provide(named(Clock, 'c'), { value: { now: () => 3 } });
    expect(outer.factories.map((factory) => [tokenName(factory.token), factory.provider])).to.deep.equal([
      ['Clock(a)', 'outer'],
      ['Clock(b)', 'inner'],
      ['Clock(c)', 'outer'],
    ]);
  });

  it('is unchanged by what an application makes of it: two applications build two values', async () => {
    const provider = new Provider('clocks').provide(Clock, {
      scope: Scope.APP,
      create: () => ({ now: () => 0 }),
    });
    await using first = await Application.start([provider]);
    await using second = await Application.start([provider]);
    expect(first.getSync(Clock)).to.equal(first.getSync(Clock));
    expect(first.getSync(Clock)).to.not.equal(second.getSync(Clock));
  });
});

const declare = (): unknown => {
  @Injectable()
  class Greeter {
    constructor(
      @Inject(Label) readonly label: string,
      readonly clock: Clock,
    ) {}
  }
  return Greeter;
};

describe('Injectable', () => {
  it('accepts a class whose parameters all carry Inject', () => {
    @Injectable()
    class Greeter {
      constructor(@Inject(Label) readonly label: string) {}
    }
    expect(new Greeter('x').label).to.equal('x');
  });

  it('refuses a class with a parameter that carries none, naming its position', () => {
    const error = thrown(SlipwayError, declare);
    expect(error.code).to.equal('SLIPWAY_CONTAINER_PROVIDER_INVALID');
    expect(error.message).to.include("Parameter 2 of Greeter's constructor has no token");
  });
});
