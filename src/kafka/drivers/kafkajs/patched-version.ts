import { createRequire } from 'node:module';

/** The only version of kafkajs whose sources were read, which the tests run against and which is patched. */
export const patchedVersion = '2.2.4';

/** Is it the one that is installed, or `version`? */
export function isPatchedVersion(version = installedVersion()): boolean {
  return version === patchedVersion;
}

function installedVersion(): string {
  const { version } = createRequire(import.meta.url)('kafkajs/package.json') as { readonly version: string };
  return version;
}
