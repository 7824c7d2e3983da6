import type { BenchProcess } from './bench-process.js';

/**
 * The CPU time that two connected publishers take with nothing to do, both in the same moments, round by round: they
 * leave the machine to itself, and so to each other.
 */
export async function idleCpu(
  publishers: readonly BenchProcess[],
  { rounds, ms }: { readonly rounds: number; readonly ms: number },
): Promise<[number[], number[]]> {
  // So that they have the connections over which they publish.
  for (const publisher of publishers) await publisher.ask('run 1 20');
  const shares: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const spent = await Promise.all(publishers.map((publisher) => publisher.ask(`idle ${ms}`)));
    shares.forEach((share, index) => share.push(spent[index] ?? Number.NaN));
  }
  return shares;
}
