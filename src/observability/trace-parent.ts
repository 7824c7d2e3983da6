/** version, trace id, parent id, flags; neither id is all zeros (W3C Trace Context, 3.2). */
const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** Bit 0: is the trace recorded? */
  readonly flags: number;
}

export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

export function parseTraceparent(value: unknown): TraceParent | undefined {
  if (!isTraceparent(value)) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = value.split('-');
  return { traceId, spanId, flags: Number.parseInt(flags.slice(0, 2), 16) };
}

export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${(flags & 0xff).toString(16).padStart(2, '0')}`;
}
