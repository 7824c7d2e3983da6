import { brandClass } from './error-brand.js';
import { SlipwayError } from './slipway-error.js';

/** One environment variable that cannot be used. */
export interface SettingsFault {
  /** Its name; `PREFIX_*` where a rule over several of them is broken. */
  readonly variable: string;
  /** Its text with secrets masked; `undefined` where it is not set. */
  readonly got: string | undefined;
  readonly expected: string;
}

/** The environment cannot be used. Lists every fault at once and shows no secret. */
export class SettingsError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.SettingsError');
  }

  override readonly name = 'SettingsError';
  readonly faults: readonly SettingsFault[];

  constructor(faults: readonly SettingsFault[], options: { readonly cause?: unknown } = {}) {
    const count = faults.length === 1 ? '1 setting is wrong' : `${faults.length} settings are wrong`;
    super('SLIPWAY_SETTINGS_INVALID', {
      ...options,
      message: [
        `${count}:`,
        ...faults.map((fault) => `  ${describeFault(fault)}`),
        'Correct the environment and start again.',
      ].join('\n'),
      context: { variables: faults.map((fault) => fault.variable) },
    });
    this.faults = faults;
  }
}

function describeFault({ variable, got, expected }: SettingsFault): string {
  const found = got === undefined ? 'is not set' : `is ${JSON.stringify(got)}`;
  return `${variable} ${found}, expected ${expected}.`;
}
