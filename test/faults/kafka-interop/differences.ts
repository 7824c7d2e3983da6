/** What is not as it should be: how much, and the first of it. */
export class Differences {
  count = 0;
  first: string | undefined;

  /** Both as JSON. */
  check(what: string, found: unknown, wanted: unknown): void {
    const [got, expected] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (got === expected) return;
    this.count += 1;
    this.first ??= `${what} is ${got}, not ${expected}`.slice(0, 600);
  }
}
