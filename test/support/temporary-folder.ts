import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.delete(folder);
}

/** Gone when disposed of; when this process ends at the latest, also if a signal ends it. */
export class TemporaryFolder implements Disposable {
  readonly path: string;

  /** @param what names it beside others: `redis` makes `slipway-redis-x7Ya1c`. */
  constructor(what: string) {
    this.path = mkdtempSync(join(tmpdir(), `slipway-${what}-`));
    folders.add(this.path);
  }

  [Symbol.dispose](): void {
    remove(this.path);
  }

  /** For the end of this process. */
  static removeAll(): void {
    for (const folder of folders) remove(folder);
  }
}
