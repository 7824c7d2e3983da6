const brands = new WeakMap<object, symbol>();

/**
 * Marks the instances of a class with a symbol of the global registry, which all copies of the package and all realms of
 * the process share: `instanceof` knows the classes of its own copy alone.
 */
export function brandClass(errorClass: { readonly prototype: object }, name: string): void {
  const brand = Symbol.for(name);
  Object.defineProperty(errorClass.prototype, brand, { value: true });
  brands.set(errorClass, brand);
}

/** The mark of exactly this class; none for one that merely extends a marked class. */
export function brandOf(errorClass: object): symbol | undefined {
  return brands.get(errorClass);
}
