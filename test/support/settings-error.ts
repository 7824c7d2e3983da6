import { expect } from 'chai';
import { type EnvironmentVariables, loadSettings, SettingsError } from '../../src/index.js';

/** What loadSettings throws at `env`; fails where it throws something else or nothing. */
export function settingsError(env: EnvironmentVariables): SettingsError {
  try {
    loadSettings(env);
  } catch (error) {
    expect(error).to.be.instanceOf(SettingsError);
    return error as SettingsError;
  }
  throw new Error('The environment was accepted.');
}
