import { Child } from '../../../support/child.js';

/** The service of this folder, and what it has printed. */
export class DrainProcess extends Child {
  url = '';

  static launch(env: Readonly<Record<string, string>>): DrainProcess {
    return new DrainProcess(process.execPath, ['build/test/faults/operations/drain/service.js'], { env });
  }

  async untilListening(): Promise<void> {
    const [, url = ''] = await this.until(/Listening on (\S+)/);
    this.url = url;
  }

  /** Of which work it has told that. */
  ids(what: 'took' | 'did' | 'left', kind: 'request' | 'message'): ReadonlySet<string> {
    const lines = this.stdout.matchAll(new RegExp(`^${what} ${kind} (\\S+) `, 'gm'));
    return new Set(Array.from(lines, ([, id = '']) => id));
  }
}
