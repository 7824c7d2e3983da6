import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  BuildError,
  defineScopes,
  GraphError,
  Inject,
  Injectable,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  token,
} from '../../../src/index.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { Request } from '../../support/container/request.js';
import type { Thing } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

function said({ code, rawMessage, context }: SlipwayError) {
  return { code, rawMessage, context };
}

function leaveOpen(): never {
  throw new Error('left open');
}

/** What an error of an application that was stopped says. */
function stopped(what: string, context: object): object {
  return {
    code: 'SLIPWAY_CONTAINER_CLOSED',
    rawMessage: `${what}: the application is stopping or stopped. Make a new one.`,
    context,
  };
}

/** What `Injectable` says of `target`. */
function fault(target: new (...args: never[]) => unknown): string | undefined {
  try {
    Injectable()(target);
  } catch (error) {
    expect((error as SlipwayError).context).to.deep.equal({ class: target.name });
    return (error as SlipwayError).rawMessage;
  }
  return undefined;
}

describe('what an error says', () => {
  describe('of a scope', () => {
    it('that is closed', async () => {
      await using request = await Request.open(new Provider('p').provide(A, { value: thing() }));
      const { scope } = request;
      await scope.close();
      expect(said(thrown(SlipwayError, () => scope.getSync(A)))).to.deep.equal({
        code: 'SLIPWAY_CONTAINER_CLOSED',
        rawMessage: 'A cannot be had: the scope REQUEST is closing or closed. Enter a new one.',
        context: { scope: 'REQUEST', key: 'A' },
      });
      expect(said(thrown(SlipwayError, () => scope.enter()))).to.deep.equal({
        code: 'SLIPWAY_CONTAINER_CLOSED',
        rawMessage: 'The scope REQUEST is closing or closed. Enter a new one.',
        context: { scope: 'REQUEST' },
      });
    });

    it('that has not what is asked for', async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.STEP, create: thing });
      await using request = await Request.open(provider);
      const absent = await rejection(BuildError, request.scope.get(B));
      expect(absent.context).to.deep.equal({ key: 'B', path: ['B'] });
      const inside = await rejection(BuildError, request.scope.get(A));
      expect(inside.context).to.deep.equal({ key: 'A', path: ['A'] });
      const unknown = thrown(SlipwayError, () => request.scope.enter('APP'));
      expect(said(unknown)).to.deep.equal({
        code: 'SLIPWAY_CONTAINER_SCOPE',
        rawMessage: "The scope 'APP' cannot be entered from REQUEST. Inside it are ACTION, STEP.",
        context: { scope: 'APP', from: 'REQUEST' },
      });
      const innermost = thrown(SlipwayError, () => request.scope.enter(Scope.STEP).enter());
      expect(innermost.rawMessage).to.equal('No scope can be entered from STEP. It is the innermost.');
    });

    it('that is handed something it does not know, or something that has a factory', async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, create: thing });
      const app = await Application.start([provider], { overrides: [[A, thing()]] });
      app.container.bind(C).toConstantValue(thing());
      for (const [name, key] of Object.entries({ A, B, C })) {
        const error = thrown(SlipwayError, () => app.enter(Scope.REQUEST, [[key, thing()]]));
        expect(error.context).to.deep.equal({ key: name, scope: 'REQUEST' });
        expect(error.code).to.equal('SLIPWAY_CONTAINER_CONTEXT');
      }
      await app.stop();
    });
  });

  it('of an application that does not run, before and after', async () => {
    const app = new Application([new Provider('p').provide(A, { value: thing() })]);
    const asked = [() => app.getSync(A), () => app.enter()];
    expect(asked.map((ask) => said(thrown(SlipwayError, ask)))).to.deep.equal([
      {
        code: 'SLIPWAY_CONTAINER_NOT_STARTED',
        rawMessage: 'A cannot be had: the application is not started. Await start() first.',
        context: { key: 'A' },
      },
      {
        code: 'SLIPWAY_CONTAINER_NOT_STARTED',
        rawMessage: 'No scope can be entered: the application is not started. Await start() first.',
        context: {},
      },
    ]);
    await app.start();
    const stopping = app.stop();
    const refused = [() => app.enter(), ...asked];
    const nothing = stopped('Nothing can be started or entered', {});
    expect(said(thrown(SlipwayError, () => app.enter()))).to.deep.equal(nothing);
    await stopping;
    expect(refused.map((ask) => said(thrown(SlipwayError, ask)))).to.deep.equal([
      nothing,
      stopped('A cannot be had', { key: 'A' }),
      nothing,
    ]);
    expect(said(await rejection(SlipwayError, app.start()))).to.deep.equal(nothing);
  });

  it('of a list of scopes', () => {
    const error = thrown(SlipwayError, () => defineScopes('APP', 'JOB', 'APP'));
    expect(said(error)).to.deep.equal({
      code: 'SLIPWAY_CONTAINER_SCOPE',
      rawMessage: 'The scopes APP, JOB, APP need different names, and at least one that is not skipped.',
      context: { scopes: ['APP', 'JOB', 'APP'] },
    });
  });

  it('of a start: every sentence, and what failed while cleaning up', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: thing, release: leaveOpen })
      .provide(B, { scope: Scope.APP, create: thing, release: leaveOpen })
      .provide(C, {
        scope: Scope.APP,
        inject: [A, B],
        create: () => Promise.reject(new Error('no host.name')),
      });
    const error = await rejection(StartError, Application.start([provider]));
    expect(error.rawMessage).to.equal(
      'The application did not start: The factory of C failed: no host.name. Cleaning up failed too: B (left open), A (left open).',
    );
  });

  it('of a graph with one problem, and with several', () => {
    const one = new Provider('p').provide(A, { scope: Scope.APP, inject: [B], create: thing }) as AnyProvider;
    const error = new GraphError(new Application<readonly AnyProvider[]>([one]).validate());
    expect(error.name).to.equal('GraphError');
    expect(error.rawMessage).to.match(/^The container has a problem:\n\n1\. A needs B/);
    one.provide(C, { scope: Scope.APP, inject: [B], create: thing });
    const several = new GraphError(new Application<readonly AnyProvider[]>([one]).validate());
    expect(several.rawMessage).to.match(/^The container has 2 problems:\n/);
  });

  describe('of a class', () => {
    class Base {
      readonly a: unknown;
      constructor(a: Thing) {
        this.a = a;
      }
    }

    it('that inherits parameters without tokens', () => {
      class Inherits extends Base {}
      expect(fault(Inherits)).to.match(/^Inherits inherits a constructor from Base whose parameters/);
    });

    it('that has a constructor of its own without tokens', () => {
      class Own extends Base {
        constructor(readonly b: Thing) {
          super(b);
        }
      }
      expect(fault(Own)).to.match(/^Parameter 1 of Own's constructor has no token\./);
    });

    it('only where a parameter with a default has a token, those before it too', async () => {
      const none = thing();
      class Defaults extends Base {
        constructor(
          @Inject(A) readonly first: Thing = none,
          @Inject(B) readonly second: Thing = none,
        ) {
          super(first);
        }
      }
      class Gap {
        constructor(
          readonly first: Thing = none,
          @Inject(B) readonly second: Thing = none,
        ) {}
      }
      expect(fault(Defaults)).to.equal(undefined);
      expect(fault(Gap)).to.match(/^Parameter 1 of Gap's constructor has no token\./);
      const provider = new Provider('p')
        .provide(A, { value: { name: 'A', parts: [] } })
        .provide(B, { value: { name: 'B', parts: [] } })
        .provideClass(Defaults, { scope: Scope.REQUEST });
      await using request = await Request.open(provider);
      const { first, second } = request.scope.getSync(Defaults);
      expect([first.name, second.name]).to.deep.equal(['A', 'B']);
    });
  });
});
