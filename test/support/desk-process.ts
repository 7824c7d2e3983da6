import { Child } from './child.js';
import { ask } from './essay-desk.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The essay desk as a process of its own, as `npm start` runs it after compiling. */
export class DeskProcess extends Child {
  url = '';

  /** Resolves once it is open. Servers that `env` does not name are embedded, whatever this process has set. */
  static async open(env: Environment = {}): Promise<DeskProcess> {
    const desk = DeskProcess.launch(env);
    await desk.untilOpen();
    return desk;
  }

  static launch(env: Environment = {}): DeskProcess {
    return new DeskProcess(process.execPath, ['build/examples/essay-desk/main.js'], { env: deskEnv(env) });
  }

  /** Through npm, in a process group of its own, as from a terminal. Not compiled anew: these tests run from build/. */
  static npmStart(env: Environment = {}): DeskProcess {
    const options = { env: deskEnv(env), ownGroup: true };
    return new DeskProcess('npm', ['start', '--ignore-scripts'], options);
  }

  async untilOpen(): Promise<void> {
    const [, url = ''] = await this.until(/The essay desk is open: (\S+)/);
    this.url = url;
  }

  /** Resolves once its health says so, with the milliseconds that took. */
  async untilHealth(status: string): Promise<number> {
    const begun = performance.now();
    for (;;) {
      const health = await ask(`${this.url}/api/v1/health`);
      if (health.body['status'] === status) return performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function deskEnv(env: Environment): Environment {
  return { REDIS_URL: undefined, KAFKA_BOOTSTRAP_SERVERS: undefined, PORT: '0', ...env };
}
