/** What follows the time of day: `Z`, an offset such as `+02:00`, or nothing if the time names no zone. */
type Zone = string;

/**
 * A Date that keeps what a Date loses of a timestamp of the original: the microseconds, and the zone it was written
 * in. Everywhere else it is the Date of the same instant; a time without a zone counts as UTC.
 */
export class PreciseDate extends Date {
  readonly zone: Zone;
  readonly #milliseconds: number;
  readonly #microseconds: number;

  /**
   * @param milliseconds since 1970, whole.
   * @param microseconds beyond them, 0 to 999.
   */
  constructor(milliseconds: number, microseconds = 0, zone: Zone = 'Z') {
    super(milliseconds);
    this.#milliseconds = milliseconds;
    this.#microseconds = microseconds;
    this.zone = zone;
  }

  /** Microseconds beyond the millisecond, 0 to 999. 0 once the date was set to another time. */
  get microseconds(): number {
    return this.getTime() === this.#milliseconds ? this.#microseconds : 0;
  }

  /** As the original writes it: `2025-07-20T16:47:20.418173+02:00`. */
  override toJSON(): string {
    return wireTimestamp(this);
  }
}

const zonePattern = /^([+-])(\d\d):(\d\d)$/;

/** Minutes that a zone is ahead of UTC. */
function zoneMinutes(zone: Zone): number {
  const [, sign, hours, minutes] = zonePattern.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

let lastTime = NaN;
let lastText = '';

/** As `toISOString`, which costs as much as all else of an envelope's header: several fields hold the same time. */
function isoText(date: Date): string {
  const time = date.getTime();
  if (time !== lastTime) {
    lastText = date.toISOString();
    lastTime = time;
  }
  return lastText;
}

/** `date` as pydantic writes it: no fraction if it is 0, else exactly six digits; `Z` for UTC. */
export function wireTimestamp(date: Date): string {
  const precise = date instanceof PreciseDate ? date : undefined;
  const zone = precise?.zone ?? 'Z';
  const local = zone === 'Z' || zone === '' ? date : new Date(date.getTime() + zoneMinutes(zone) * 60_000);
  // Years of the original have four digits; toISOString writes those beyond with a sign and six.
  const text = isoText(local);
  const micros = precise?.microseconds ?? 0;
  if (micros === 0 && text.endsWith('.000Z')) return `${text.slice(0, -5)}${zone}`;
  return `${text.slice(0, -1)}${String(micros).padStart(3, '0')}${zone}`;
}

/** `date` as Python's `datetime.isoformat()` writes it: `+00:00` where {@link wireTimestamp} has `Z`. */
export function isoFormat(date: Date): string {
  return wireTimestamp(date).replace('Z', '+00:00');
}
