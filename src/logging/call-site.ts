/** Where a line was logged, under the original's names. */
export interface CallSite {
  readonly filename: string;
  readonly func_name: string;
  readonly lineno: number;
}

/** Who called `callee`, which must be running. `undefined` where the engine does not tell. Never throws. */
export function callSiteOf(callee: (...args: never[]) => unknown): CallSite | undefined {
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  const { stackTraceLimit } = Error;
  try {
    const holder: { stack?: unknown } = {};
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, callee);
    const [site] = holder.stack as readonly (NodeJS.CallSite | undefined)[];
    if (site === undefined) return undefined;
    return {
      filename: (site.getFileName() ?? '<unknown>').replace(/^.*[/\\]/s, ''),
      func_name: site.getFunctionName() ?? '<anonymous>',
      lineno: site.getLineNumber() ?? 0,
    };
  } catch {
    return undefined;
  } finally {
    // Without a throw: of a frozen Error nothing was changed.
    Reflect.set(Error, 'prepareStackTrace', prepare);
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
