const seed = 0x9747b28c;
const m = 0x5bd1e995;

/**
 * Kafka's murmur2 of `key` as a non-negative number, the same as the Java client and aiokafka compute, so that one key
 * has one partition whatever language wrote it.
 */
export function murmur2(key: Uint8Array): number {
  const length = key.length;
  let hash = seed ^ length;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    let word = byte(key, index) | (byte(key, index + 1) << 8) | (byte(key, index + 2) << 16);
    word |= byte(key, index + 3) << 24;
    word = Math.imul(word, m);
    word ^= word >>> 24;
    hash = Math.imul(hash, m) ^ Math.imul(word, m);
  }
  const left = length - index;
  if (left === 3) hash ^= byte(key, index + 2) << 16;
  if (left >= 2) hash ^= byte(key, index + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ byte(key, index), m);
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

/** The partition of `key` in a topic of `partitions` partitions. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return murmur2(key) % partitions;
}

function byte(key: Uint8Array, index: number): number {
  return key[index] ?? 0;
}
