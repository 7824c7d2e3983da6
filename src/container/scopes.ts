import { SlipwayError } from '../errors/slipway-error.js';
import { Scope } from '../tokens/scope.js';

const order = Symbol('slipway.scopes');

export interface ScopeDefinition<Name extends string = string> {
  readonly name: Name;
  /** A skipped scope is entered by name; otherwise it opens and closes with the one inside it. */
  readonly skip: boolean;
}

/** An ordered list of scopes, with each name as a property: `Jobs.TENANT === 'TENANT'`. */
export type ScopeList<Name extends string> = { readonly [N in Name]: N } & {
  readonly [order]: readonly ScopeDefinition[];
};

/** Marks a scope of {@link defineScopes} as skipped. */
export function skipped<const Name extends string>(name: Name): ScopeDefinition<Name> {
  return { name, skip: true };
}

type NameOf<S> = S extends ScopeDefinition<infer Name> ? Name : S extends string ? S : never;

/**
 * A list of scopes of one's own, longest-lived first: `defineScopes('APP', 'TENANT', skipped('USER'), 'JOB')`. The
 * application lives in the first one that is not skipped.
 * @throws SlipwayError SLIPWAY_CONTAINER_SCOPE if a name comes twice, or none or only skipped ones are given.
 */
export function defineScopes<const S extends readonly (string | ScopeDefinition)[]>(
  ...scopes: S
): ScopeList<NameOf<S[number]>> {
  const definitions = scopes.map((scope) =>
    typeof scope === 'string' ? { name: scope, skip: false } : scope,
  );
  const names = definitions.map(({ name }) => name);
  if (new Set(names).size !== names.length || definitions.every(({ skip }) => skip)) {
    throw new SlipwayError('SLIPWAY_CONTAINER_SCOPE', {
      message: `The scopes ${names.join(', ')} need different names, and at least one that is not skipped.`,
      context: { scopes: names },
    });
  }
  const list = Object.fromEntries(names.map((name) => [name, name]));
  return Object.defineProperty(list, order, { value: definitions }) as ScopeList<NameOf<S[number]>>;
}

/** The definitions in a list, longest-lived first. */
export function scopeDefinitions(list: ScopeList<string>): readonly ScopeDefinition[] {
  return list[order];
}

/** dishka's scopes: RUNTIME (skipped), APP, SESSION (skipped), REQUEST, ACTION, STEP. */
export const defaultScopes: ScopeList<Scope> = defineScopes(
  skipped(Scope.RUNTIME),
  Scope.APP,
  skipped(Scope.SESSION),
  Scope.REQUEST,
  Scope.ACTION,
  Scope.STEP,
);
