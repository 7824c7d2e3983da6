import { z } from 'zod';
import { SlipwayError } from '../errors/slipway-error.js';

/**
 * What `schema`, of events of type `eventType`, makes of data.
 * @throws SlipwayError SLIPWAY_EVENT_DEFINITION if it cannot tell at once, having asynchronous checks;
 * SLIPWAY_EVENT_INVALID if code in it, such as that of a codec, fails on the data.
 */
export function checkData<T>(
  eventType: string,
  schema: z.ZodType<T>,
  data: unknown,
): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(data);
  } catch (cause) {
    throw schemaFailure(eventType, cause);
  }
}

/** The error of a schema whose own code threw `cause`. */
export function schemaFailure(eventType: string, cause: unknown): SlipwayError {
  if (SlipwayError.is(cause)) return cause;
  if (!(cause instanceof z.core.$ZodAsyncError)) {
    return invalidEvent(
      `Data of ${eventType}`,
      ["code in its schema failed on it, as the error's cause says"],
      cause,
    );
  }
  return new SlipwayError('SLIPWAY_EVENT_DEFINITION', {
    message: `The schema of ${eventType} checks asynchronously. Let it check the shape alone, and the handler the rest.`,
    context: { eventType },
    cause,
  });
}

/** What is wrong with data, a line for each fault: `data.title: Invalid input: expected string, received undefined`. */
export function dataProblems(error: z.core.$ZodError | undefined): readonly string[] {
  return (error?.issues ?? []).map((issue) => describeIssue(issue, ['data']));
}

/** Of a union, the option that fits best is told of. */
function describeIssue(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    // The further down an option's first fault lies, the more of the data it took.
    const [best] = issue.errors
      .flatMap((option) => option.slice(0, 1))
      .toSorted((a, b) => b.path.length - a.path.length);
    if (best !== undefined && best.path.length > 0) return describeIssue(best, path);
  }
  return `${path.map(String).join('.')}: ${issue.message}`;
}

/** The error of an event of which `problems` are wrong. */
export function invalidEvent(what: string, problems: readonly string[], cause: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `${what} is not valid: ${problems.join('; ')}.`,
    context: { problems },
    cause,
  });
}
