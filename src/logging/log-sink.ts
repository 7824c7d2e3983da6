/** Where lines end up. */
export interface LogSink {
  /**
   * Never throws, never waits.
   * @param settled called once: when the line was written, dropped, or lost.
   */
  write(line: string, settled: () => void): void;
  /** How many lines were dropped since the last call because too many waited; 0 as long as there is no room. */
  takeDropped(): number;
}
