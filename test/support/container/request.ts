import { type AnyProvider, Application, type OpenScope, Scope } from '../../../src/index.js';

/** A REQUEST scope of a started application. `await using` ends both, whatever their releases do. */
export class Request implements AsyncDisposable {
  readonly app: Application;
  readonly scope: OpenScope;

  private constructor(app: Application) {
    this.app = app;
    this.scope = app.enter(Scope.REQUEST);
  }

  static async open(...providers: readonly AnyProvider[]): Promise<Request> {
    return new Request(await Application.start<readonly AnyProvider[]>(providers, { drainTimeoutMs: 1 }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope.close().catch(() => undefined);
    await this.app.stop().catch(() => undefined);
  }
}
