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
  /** What may explain a fault, as a name that is nearly right. */
  readonly warnings: readonly string[];

  constructor(
    faults: readonly SettingsFault[],
    options: { readonly cause?: unknown; readonly warnings?: readonly string[] } = {},
  ) {
    const { warnings = [], ...others } = options;
    const count = faults.length === 1 ? '1 setting is wrong' : `${faults.length} settings are wrong`;
    super('SLIPWAY_SETTINGS_INVALID', {
      ...others,
      message: [
        `${count}:`,
        ...faults.map((fault) => `  ${describeFault(fault)}`),
        ...(warnings.length === 0 ? [] : ['Worth a look:', ...warnings.map((each) => `  ${each}`)]),
        'Correct the environment and start again.',
      ].join('\n'),
      context: { variables: faults.map((fault) => fault.variable) },
    });
    this.faults = faults;
    this.warnings = warnings;
  }
}

function describeFault({ variable, got, expected }: SettingsFault): string {
  const found = got === undefined ? 'is not set' : `is ${JSON.stringify(got)}`;
  return `${variable} ${found}, expected ${expected}.`;
}
