import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { expectTypeOf } from 'expect-type';
import {
  BuildError,
  GraphError,
  PublishError,
  RedisError,
  SettingsError,
  SlipwayAggregateError,
  SlipwayError,
  StartError,
  StopError,
} from '../../../src/index.js';
import { projectRoot } from '../../support/project-root.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

const message = 'x';
const timeout = new RedisError('SLIPWAY_REDIS_TIMEOUT', { message });
const built = BuildError.of('A', 'x');

interface Copy {
  readonly SlipwayError: typeof SlipwayError;
  readonly RedisError: typeof RedisError;
  readonly PublishError: typeof PublishError;
}

describe('is', () => {
  describe('of another copy of the package', () => {
    let temporary: TemporaryFolder;
    let copy: Copy;

    before(async () => {
      temporary = new TemporaryFolder('errors');
      const folder = join(temporary.path, 'errors');
      cpSync(join(projectRoot, 'build', 'src', 'errors'), folder, { recursive: true });
      const load = (file: string): Promise<Copy> =>
        import(pathToFileURL(join(folder, file)).href) as Promise<Copy>;
      copy = Object.assign(
        {},
        ...(await Promise.all(['slipway-error.js', 'redis-error.js', 'publish-error.js'].map(load))),
      ) as Copy;
    });

    after(() => temporary[Symbol.dispose]());

    it('is true where instanceof is false, both ways', () => {
      const theirs = new copy.SlipwayError('SLIPWAY_TOKEN_INVALID', { message });
      expect(theirs).to.not.be.instanceOf(SlipwayError);
      expect(SlipwayError.is(theirs)).to.equal(true);
      expect(copy.SlipwayError.is(timeout)).to.equal(true);
    });

    it('tells the classes apart', () => {
      const theirs = new copy.RedisError('SLIPWAY_REDIS_TIMEOUT', { message, maybeApplied: true });
      expect(RedisError.is(theirs)).to.equal(true);
      expect(RedisError.is(theirs, 'SLIPWAY_REDIS_TIMEOUT')).to.equal(true);
      expect(RedisError.is(theirs, 'SLIPWAY_REDIS_LOADING')).to.equal(false);
      expect(SlipwayError.is(theirs)).to.equal(true);
      expect(PublishError.is(theirs)).to.equal(false);
      expect(copy.PublishError.is(timeout)).to.equal(false);
      expect(copy.RedisError.is(new SlipwayError('SLIPWAY_REDIS_TIMEOUT', { message }))).to.equal(false);
    });
  });

  it('asks each class of the package for its own', () => {
    const instances: readonly SlipwayError[] = [
      new SlipwayError('SLIPWAY_TOKEN_INVALID', { message }),
      new SlipwayAggregateError('SLIPWAY_CONTAINER_STOP', { message, errors: [] }),
      timeout,
      new PublishError('SLIPWAY_KAFKA_TIMEOUT', { message, outcome: 'unknown' }),
      new SettingsError([]),
      built,
      new StartError(built, [], []),
      new StopError('It', []),
      new GraphError([]),
    ];
    const classes = instances.map((each) => each.constructor as typeof SlipwayError);
    expect(new Set(classes).size).to.equal(instances.length);
    for (const each of classes) {
      for (const instance of instances) {
        expect(each.is(instance), `${each.name}.is(${instance.name})`).to.equal(instance instanceof each);
      }
    }
  });

  it('narrows to the class and to the code', () => {
    const error: unknown = timeout;
    if (!RedisError.is(error, 'SLIPWAY_REDIS_TIMEOUT')) throw new Error('It is one.');
    expectTypeOf(error.code).toEqualTypeOf<'SLIPWAY_REDIS_TIMEOUT'>();
    expectTypeOf(error.maybeApplied).toEqualTypeOf<boolean>();
    // @ts-expect-error: no code of the table
    expect(SlipwayError.is(error, 'SLIPWAY_TYPO')).to.equal(false);
  });

  it("asks a class of the user's own by instanceof", () => {
    class MailError extends SlipwayError {}
    const mine = new MailError('SLIPWAY_TOKEN_INVALID', { message });
    expect(MailError.is(mine)).to.equal(true);
    expect(SlipwayError.is(mine)).to.equal(true);
    expect(MailError.is(timeout)).to.equal(false);
  });

  it('is false for anything else', () => {
    for (const value of [
      new Error('x'),
      null,
      undefined,
      'x',
      1,
      {},
      () => 1,
      { code: 'SLIPWAY_TOKEN_INVALID' },
    ]) {
      expect(SlipwayError.is(value)).to.equal(false);
    }
  });
});
