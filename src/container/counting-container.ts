import {
  type BindToFluentSyntax,
  type BindingIdentifier,
  Container,
  type ContainerModule,
  type ServiceIdentifier,
} from 'inversify';

/**
 * An inversify Container that counts its changes, so that an application sees a `rebind` without asking for every
 * token. A change is counted when it is asked for and again when it is complete: `bind` binds only with its `to...`.
 */
export class CountingContainer extends Container {
  #changes = 0;
  readonly #identifiers = new Set<ServiceIdentifier>();
  readonly #modules = new Set<ContainerModule>();

  /** Grows with every bind, rebind, unbind, load, unload and restore. */
  get changes(): number {
    return this.#changes;
  }

  /** @internal What was bound and loaded here, in order. */
  get additions(): {
    readonly identifiers: readonly ServiceIdentifier[];
    readonly modules: readonly ContainerModule[];
  } {
    return { identifiers: [...this.#identifiers], modules: [...this.#modules] };
  }

  /** @internal Binds for slipway itself: that is no change of what was provided, and no addition. */
  bindOwn<T>(identifier: ServiceIdentifier<T>): BindToFluentSyntax<T> {
    return super.bind(identifier);
  }

  override bind<T>(identifier: ServiceIdentifier<T>): BindToFluentSyntax<T> {
    this.#identifiers.add(identifier);
    return this.#counted(super.bind(identifier));
  }

  override rebind<T>(identifier: ServiceIdentifier<T>): BindToFluentSyntax<T> {
    this.#identifiers.add(identifier);
    return this.#counted(super.rebind(identifier));
  }

  override async rebindAsync<T>(identifier: ServiceIdentifier<T>): Promise<BindToFluentSyntax<T>> {
    this.#identifiers.add(identifier);
    return this.#counted(await super.rebindAsync(identifier));
  }

  override unbind(identifier: BindingIdentifier | ServiceIdentifier): void {
    this.#changes += 1;
    super.unbind(identifier);
  }

  override async unbindAsync(identifier: BindingIdentifier | ServiceIdentifier): Promise<void> {
    await super.unbindAsync(identifier);
    this.#changes += 1;
  }

  override unbindAll(): void {
    this.#changes += 1;
    super.unbindAll();
  }

  override async unbindAllAsync(): Promise<void> {
    await super.unbindAllAsync();
    this.#changes += 1;
  }

  override load(...modules: ContainerModule[]): void {
    super.load(...modules);
    this.#loaded(modules);
  }

  override async loadAsync(...modules: ContainerModule[]): Promise<void> {
    await super.loadAsync(...modules);
    this.#loaded(modules);
  }

  override unload(...modules: ContainerModule[]): void {
    super.unload(...modules);
    this.#unloaded(modules);
  }

  override async unloadAsync(...modules: ContainerModule[]): Promise<void> {
    await super.unloadAsync(...modules);
    this.#unloaded(modules);
  }

  override restore(): void {
    super.restore();
    this.#changes += 1;
  }

  #loaded(modules: readonly ContainerModule[]): void {
    for (const module of modules) this.#modules.add(module);
    this.#changes += 1;
  }

  #unloaded(modules: readonly ContainerModule[]): void {
    for (const module of modules) this.#modules.delete(module);
    this.#changes += 1;
  }

  #counted<T>(syntax: BindToFluentSyntax<T>): BindToFluentSyntax<T> {
    this.#changes += 1;
    return new Proxy(syntax, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, args);
          this.#changes += 1;
          return result;
        };
      },
    });
  }
}
