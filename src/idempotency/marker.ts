import { loadsRules } from '../events/ids/deterministic-event-id.js';
import { JsonFault } from '../events/json/json-fault.js';
import { JsonFloat } from '../events/json/json-float.js';
import { JsonReader } from '../events/json/json-reader.js';
import { plainValue } from '../events/json/json-value.js';
import { dumpsStyle, pythonJson } from '../events/json/python-json.js';
import type { EventIdentity } from './event-identity.js';

export interface MarkerAuthor {
  readonly serviceName: string;
  /** Names this claim alone. */
  readonly owner: string;
}

/** What {@link processingMarker} begins with, and no other marker. */
export const processingPrefix = '{"status": "processing"';

/** What the markers of one claim end with, and no others. It is the original's JSON with one member more, at the end. */
export function ownerSuffix(owner: string): string {
  return `, "owner": "${owner}"}`;
}

/** The original's marker of an event that is being handled. @param now unix time in seconds. */
export function processingMarker(identity: EventIdentity, author: MarkerAuthor, now: number): string {
  return markerText({ status: 'processing', started_at: new JsonFloat(now) }, identity, author);
}

/** The original's marker of an event that is done. @param now unix time in seconds. */
export function completedMarker(identity: EventIdentity, author: MarkerAuthor, now: number): string {
  const time = new JsonFloat(now);
  return markerText({ status: 'completed', started_at: time, completed_at: time }, identity, author);
}

function markerText(
  head: Readonly<Record<string, unknown>>,
  { eventId, correlationId, sourceService }: EventIdentity,
  { serviceName, owner }: MarkerAuthor,
): string {
  const members = {
    ...head,
    processed_by: serviceName,
    event_id: eventId,
    correlation_id: correlationId,
    source_service: sourceService,
    owner,
  };
  return pythonJson(members, { style: dumpsStyle });
}

export interface ProcessingMarker {
  readonly kind: 'processing';
  /** Unix time in seconds; undefined if it is missing or no number. */
  readonly startedAt: number | undefined;
  readonly processedBy: string | undefined;
  /** Of our claims only: the original's have none. */
  readonly owner: string | undefined;
}

/** What a key of an event may hold. `legacy`: of the original's first version; `unknown`: a status of neither version. */
export type Marker = ProcessingMarker | { readonly kind: 'completed' | 'legacy' | 'unknown' };

export function readMarker(text: string): Marker {
  if (text === '') return { kind: 'unknown' };
  let members: ReadonlyMap<string, unknown> | undefined;
  try {
    members = JsonReader.readMembers(text, plainValue, loadsRules);
  } catch (error) {
    if (error instanceof JsonFault) return { kind: 'legacy' };
    throw error;
  }
  if (members === undefined) return { kind: 'legacy' };
  const status = members.has('status') ? members.get('status') : 'completed';
  if (status === 'completed') return { kind: 'completed' };
  if (status !== 'processing') return { kind: 'unknown' };
  const startedAt = members.get('started_at');
  const processedBy = members.get('processed_by');
  const owner = members.get('owner');
  return {
    kind: 'processing',
    startedAt: typeof startedAt === 'number' ? startedAt : undefined,
    processedBy: typeof processedBy === 'string' ? processedBy : undefined,
    owner: typeof owner === 'string' ? owner : undefined,
  };
}
