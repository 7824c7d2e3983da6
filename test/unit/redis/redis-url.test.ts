import { expect } from 'chai';
import { RedisError } from '../../../src/index.js';
import { parseRedisUrl } from '../../../src/redis/redis-url.js';

describe(parseRedisUrl.name, () => {
  const network = {
    kind: 'network',
    host: 'h',
    port: 6379,
    tls: false,
    db: 0,
    username: undefined,
    password: undefined,
  };

  const good: readonly (readonly [string, object])[] = [
    ['redis://h', { ...network, address: 'redis://h:6379/0' }],
    ['redis://h/', { ...network, address: 'redis://h:6379/0' }],
    ['redis://h:1234/15', { ...network, port: 1234, db: 15, address: 'redis://h:1234/15' }],
    ['rediss://h', { ...network, tls: true, address: 'rediss://h:6379/0' }],
    ['redis://:p%40ss@h', { ...network, password: 'p@ss', address: 'redis://h:6379/0' }],
    ['redis://u:p@h', { ...network, username: 'u', password: 'p', address: 'redis://h:6379/0' }],
    ['redis://[::1]:7000', { ...network, host: '::1', port: 7000, address: 'redis://[::1]:7000/0' }],
    [
      'redis-sentinel://a,b:1,[::1]:2/3?master=main',
      {
        kind: 'sentinel',
        nodes: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
          { host: '::1', port: 2 },
        ],
        master: 'main',
        tls: false,
        db: 3,
        username: undefined,
        password: undefined,
        address: 'redis-sentinel://a:26379,b:1,[::1]:2/3?master=main',
      },
    ],
    [
      'rediss-sentinel://u:p%40ss@a#main',
      {
        kind: 'sentinel',
        nodes: [{ host: 'a', port: 26379 }],
        master: 'main',
        tls: true,
        db: 0,
        username: 'u',
        password: 'p@ss',
        address: 'rediss-sentinel://a:26379/0?master=main',
      },
    ],
    [
      'redis-cluster://u:p@a,b:1',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 1 },
        ],
        tls: false,
        username: 'u',
        password: 'p',
        address: 'redis-cluster://a:6379,b:1',
      },
    ],
    ['memory://', { kind: 'memory', name: undefined, address: 'memory://' }],
    ['memory://orders-1', { kind: 'memory', name: 'orders-1', address: 'memory://orders-1' }],
  ];
  for (const [url, target] of good) {
    it(`reads ${url}`, () => {
      expect(parseRedisUrl(url)).to.deep.equal(target);
    });
  }

  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /is no redis:/],
    ['localhost:6379', /is no redis:/],
    ['http://h', /is no redis:/],
    ['redis://', /no host|is no redis:/],
    ['redis://h/x', /database number/],
    ['redis://h/-1', /database number/],
    ['redis://h?db=1', /query/],
    ['redis-sentinel://a,b/0', /name the primary/],
    ['redis-sentinel://?master=main', /no host/],
    ['redis-sentinel://a,,b?master=main', /no host/],
    ['redis-sentinel://a:70000?master=main', /no host/],
    ['redis-sentinel://a/x?master=main', /database number/],
    ['redis-sentinel://a?db=1', /is no redis-sentinel:/],
    ['redis-cluster://a/1', /database other than 0/],
    ['redis-cluster://a#main', /names a primary/],
    ['redis://h:99999', /is no redis:/],
    ['memory://a/b', /letters, digits/],
  ];
  for (const [url, why] of bad) {
    it(`refuses "${url}" and says why`, () => {
      expect(() => parseRedisUrl(url))
        .to.throw(RedisError, why)
        .with.property('code', 'SLIPWAY_REDIS_SETTINGS');
    });
  }

  for (const url of [
    'redis://u:hunter2@h/x',
    'redis://:hun/ter2@h:1:2',
    'redis-sentinel://:hun/ter2@a,b?master=main',
    'redis-sentinel://:hun%zzter2@a,b?master=main',
    'u:hunter2@h',
    'redis://u:hun%zzter2@h',
  ]) {
    it(`shows no password of a URL it cannot read: ${url.replace(/hun.*2/, '...')}`, () => {
      expect(() => parseRedisUrl(url))
        .to.throw(RedisError)
        .with.property('message')
        .that.does.not.match(/hun|ter2/);
    });
  }
});
