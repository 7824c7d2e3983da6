/** Where events name their user, in order. */
const userFields = [
  'user_id',
  'created_by_user_id',
  'updated_by_user_id',
  'created_by_id',
  'updated_by_id',
  'owner_id',
  'author_id',
] as const;

/** The user that the data of an event belongs to: the first field of the list that holds anything. */
export function extractUserId(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const fields = data as Readonly<Record<string, unknown>>;
  for (const field of userFields) {
    const id = fields[field];
    if (typeof id === 'string' && id !== '') return id;
    if ((typeof id === 'number' || typeof id === 'bigint') && Boolean(id)) return String(id);
  }
  return undefined;
}

/** The Redis channel of one user's notifications: `ws:<userId>`. */
export function getUserChannel(userId: string): string {
  return `ws:${userId}`;
}
