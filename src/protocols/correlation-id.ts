import { token } from '../tokens/token.js';

/** Ties together all that one request or event set off: the value of the `X-Correlation-ID` header. */
export type CorrelationId = string;
export const CorrelationId = token<CorrelationId>()('CorrelationId');
