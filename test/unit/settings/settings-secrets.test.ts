import { inspect } from 'node:util';
import { expect } from 'chai';
import { type EnvironmentVariables, loadSettings } from '../../../src/index.js';
import { settingsError } from '../../support/settings-error.js';

const base = { SERVICE_NAME: 'essay-desk' };

describe(loadSettings.name, () => {
  describe('shows no secret', () => {
    const secret = 'hunter2';
    const settingsWithSecret: readonly EnvironmentVariables[] = [
      { REDIS_URL: `redis://user:${secret}@host:6379/0` },
      { REDIS_URL: `rediss://:${secret}@host` },
      { REDIS_PASSWORD: secret },
    ];
    for (const env of settingsWithSecret) {
      it(`of ${Object.keys(env).join()} when the settings are printed, inspected or made JSON`, () => {
        const settings = loadSettings({ ...base, ...env });
        expect(settings.redis.url, 'the clients need it').to.contain(secret);
        for (const shown of [
          JSON.stringify(settings),
          JSON.stringify(settings.redis),
          inspect(settings, { depth: null, showHidden: true }),
          inspect(settings.redis),
          JSON.stringify({ nested: [settings] }),
        ]) {
          expect(shown).to.not.contain(secret);
          expect(shown).to.contain('***');
        }
      });
    }

    for (const env of [
      { REDIS_URL: `redis://user:${secret}@` },
      { REDIS_URL: `redis://user:${secret}` },
      { REDIS_URL: `redis://:a/${secret}@host` },
      { REDIS_URL: `redis://:a#${secret}@host` },
      { REDIS_URL: `redis://:a@${secret}@ho st` },
      { REDIS_URL: `redis://host/0?password=${secret}` },
      { REDIS_URL: `user:${secret}@host:6379` },
      { REDIS_URL: `REDIS_URL=redis://user:${secret}@host` },
      { REDIS_HOST: `user:${secret}@host` },
      { REDIS_PASSWORD: `${secret}\ud800` },
      { KAFKA_BOOTSTRAP_SERVERS: `SASL_SSL://user:${secret}@kafka:9092,b:1` },
      { KAFKA_BOOTSTRAP_SERVERS: `a:1,user:${secret}@kafka:9092` },
      { KAFKA_GROUP_ID: `http://a:${secret}@b c` },
    ] satisfies EnvironmentVariables[]) {
      it(`in the fault of ${JSON.stringify(env)}`, () => {
        const error = settingsError({ ...base, ...env });
        expect(error.faults).to.have.length(1);
        const shown = `${inspect(error, { depth: null })}${JSON.stringify(error)}${error.message}${error.stack}`;
        expect(shown).to.not.contain(secret);
        expect(shown).to.contain('***');
      });
    }
  });
});
