/** `date` as Python's `datetime.isoformat()` writes it in UTC: no fraction if it is 0, else six digits. */
export function isoFormat(date = new Date()): string {
  const text = date.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}+00:00` : `${text.slice(0, -1)}000+00:00`;
}
