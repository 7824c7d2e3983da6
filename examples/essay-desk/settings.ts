import { defineSettings, field, loadSettings, token, type SettingsOf } from '../../src/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** HOST and PORT. */
export const deskVariables = defineSettings({
  host: field.text({ description: 'The address to listen on.', expected: 'a host' }).default('127.0.0.1'),
  port: field
    .integer({ description: 'The port to listen on; 0 takes a free one.', min: 0, max: 65_535 })
    .default(3000),
});

/** Where the desk listens. */
export type DeskSettings = SettingsOf<typeof deskVariables>;
export const DeskSettings = token<DeskSettings>()('DeskSettings');

/** All that the desk reads from its environment; every fault at once. */
export function loadDeskSettings(env: Environment) {
  return loadSettings({ desk: deskVariables }, withDefaults(env));
}

/** `env` with what lets the desk run where nothing is installed: embedded servers, and a name. */
function withDefaults(env: Environment): Environment {
  const isSet = (name: string): boolean => (env[name] ?? '').trim() !== '';
  const hasRedis = ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT'].some(isSet);
  return {
    ...env,
    // Lines for people, where a person looks.
    ...(isSet('LOG_FORMAT') || !process.stdout.isTTY ? {} : { LOG_FORMAT: 'console' }),
    ...(isSet('SERVICE_NAME') ? {} : { SERVICE_NAME: 'essay-desk' }),
    ...(hasRedis ? {} : { REDIS_URL: 'memory://' }),
    ...(isSet('KAFKA_BOOTSTRAP_SERVERS') ? {} : { KAFKA_BOOTSTRAP_SERVERS: 'memory://' }),
  };
}
