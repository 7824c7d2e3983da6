/** Collects what is not as documented. */
export class Findings {
  readonly wrong: string[] = [];

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.wrong.push(otherwise);
  }

  /** Some of them, where there are many. */
  expectNone(of: readonly string[], what: string): void {
    this.expect(of.length === 0, `${of.length} ${what}: ${of.slice(0, 3).join(', ')}`);
  }

  /** For a result's `wrong`. */
  get told(): string | undefined {
    return this.wrong.join('; ') || undefined;
  }
}
