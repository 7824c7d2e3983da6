import { expect } from 'chai';
import { SlipwayError } from '../../../src/index.js';
import { LevelRules } from '../../../src/logging/level-rules.js';
import type { LogLevels } from '../../../src/logging/logging-options.js';
import { readLogLevels } from '../../../src/protocols/log-levels.js';
import { memoryLogger } from '../../support/memory-log.js';

describe(LevelRules.name, () => {
  it('takes the name before the beginning, the longer beginning before the shorter, the level last', () => {
    const rules = new LevelRules({
      level: 'error',
      levels: { 'redis*': 'warn', 'redis-pub*': 'info', 'redis-pubsub': 'debug', 'http*': 'silent' },
    });
    const levels = [
      'redis',
      'redis-client',
      'redis-publish',
      'redis-pubsub',
      'redis-pubsubs',
      'http',
      'kafka',
    ];
    for (let time = 0; time < 2; time += 1) {
      expect(levels.map((module) => rules.of(module))).to.deep.equal([
        'warn',
        'warn',
        'info',
        'debug',
        'info',
        'silent',
        'error',
      ]);
    }
  });

  it('takes a name for itself alone, and * for every module', () => {
    const rules = new LevelRules({ levels: { redis: 'debug', '*': 'warn' } });
    expect([rules.of('redis'), rules.of('redis-client')]).to.deep.equal(['debug', 'warn']);
    expect(new LevelRules({}).of('toString')).to.equal('info');
  });

  it('lets each logger log by its own level, with stacks where that is debug', async () => {
    const { log, factory } = memoryLogger({
      level: 'warn',
      levels: { 'kafka-bus': 'debug', 'redis*': 'silent' },
    });
    const error = new Error('no');
    factory('kafka-bus').debug('bus', { error });
    factory('redis-client').error('redis');
    factory('other').info('other');
    factory('other').warn('other', { error });
    await factory.flush();
    expect(log.records.map(({ module, level }) => [module, level])).to.deep.equal([
      ['kafka-bus', 'debug'],
      ['other', 'warn'],
    ]);
    expect(log.lines.map((line) => line.includes('"stack"'))).to.deep.equal([true, false]);
  });

  it('can be changed while loggers are in use', async () => {
    const { log, factory, logger } = memoryLogger();
    logger.debug('before');
    factory.setLevels({ levels: { 'kafka-bus': 'debug' } });
    logger.debug('after');
    factory.setLevels({ level: 'error' });
    logger.info('last');
    await factory.flush();
    expect(log.records.map(({ message }) => message)).to.deep.equal(['after']);
  });

  for (const levels of [
    { level: 'loud' },
    { level: 'WARN' },
    { levels: { a: 'loud' } },
    { levels: { 'a*b': 'debug' } },
    { levels: { '': 'debug' } },
  ]) {
    it(`refuses ${JSON.stringify(levels)}`, () => {
      const { factory } = memoryLogger();
      for (const use of [
        () => memoryLogger(levels as LogLevels),
        () => factory.setLevels(levels as LogLevels),
      ]) {
        expect(use).to.throw(SlipwayError, 'SLIPWAY_LOGGING_OPTIONS');
      }
    });
  }
});

describe(readLogLevels.name, () => {
  it('reads names and beginnings in any spelling of the levels', () => {
    expect(readLogLevels(' kafka-bus = Debug,redis*=WARNING , a.b=critical,*=silent')).to.deep.equal({
      'kafka-bus': 'debug',
      'redis*': 'warn',
      'a.b': 'error',
      '*': 'silent',
    });
  });

  it('refuses anything else', () => {
    for (const text of ['', 'debug', 'a=', '=debug', 'a=b=c', 'a=debug,', 'a b=debug', '**=debug']) {
      expect(readLogLevels(text), text).to.equal(undefined);
    }
  });
});
