import { SlipwayError } from '../errors/slipway-error.js';

/** Before the second and the third try. The Redis client has waited for its connection within each already. */
const pausesMs = [100, 400];

/** Calls what may be called again, up to three times while its error says that it may help. */
export async function retrying<T>(call: () => Promise<T>): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await call();
    } catch (error) {
      if (!SlipwayError.is(error) || !error.retryable) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return call();
}
