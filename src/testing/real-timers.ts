// Kept from before any test can put fake timers in their place.
export const { setTimeout, clearTimeout, setImmediate } = globalThis;

/** Milliseconds, on a clock that no test moves. */
export const now = performance.now.bind(performance);
