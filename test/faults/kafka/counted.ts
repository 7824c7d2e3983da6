/** Words and how often each stands there: `Timeout x 3 TCPSocketWrap x 1`; 0 for none. */
export function counted(words: readonly string[]): string | 0 {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${word} x ${count}`).join(' ') || 0;
}
