import type { CheckResult } from '../../src/cli/check/run.js';
import { runCli } from '../../src/cli/run-cli.js';
import { projectRoot } from './project-root.js';

type Variables = Readonly<Record<string, string | undefined>>;

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command `slipway`, in this process. */
export async function slipway(args: readonly string[], env: Variables = {}): Promise<CliRun> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    env,
    cwd: projectRoot,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

/** What `slipway check` found, by check; of several targets that which failed, or the last. */
export async function slipwayCheck(args: readonly string[], env: Variables) {
  const { code, out } = await slipway(['check', '--json', ...args], { SERVICE_NAME: 'checked', ...env });
  const { ok, checks } = JSON.parse(out) as { readonly ok: boolean; readonly checks: readonly CheckResult[] };
  const failed = checks.filter(({ status }) => status === 'failed');
  return { code, ok, checks, failed, text: out };
}
