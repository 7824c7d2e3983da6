import { z } from 'zod';
import { definitionOf, type Schema } from './inner-schemas.js';

/**
 * The schema of a number that the original's services declare as a float: its `1` is written as `1.0`, as Python
 * does. Zod's own `z.float64()`, to which it is a name, and `z.float32()` count as well; `z.number()` writes `1`.
 */
export function float(): z.ZodNumberFormat {
  return z.float64();
}

export function isFloat(schema: Schema): boolean {
  const def = definitionOf(schema);
  return def.type === 'number' && 'format' in def && (def.format === 'float64' || def.format === 'float32');
}
