import { expect } from 'chai';
import { readdir } from 'node:fs/promises';
import { protocolMembers, tokenName } from '../../../src/index.js';
import { silentLogger } from '../../../src/protocols/logger.js';

const folder = new URL('../../../src/protocols/', import.meta.url);

describe('src/protocols', () => {
  const tokens = new Map<string, never>();

  before(async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.js'));
    const modules = await Promise.all(
      files.map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>),
    );
    for (const [name, value] of modules.flatMap((module) => Object.entries(module))) {
      if (typeof value === 'symbol') tokens.set(name, value as never);
    }
  });

  it('calls every token what its interface is called', () => {
    expect([...tokens.keys()]).to.include.members([
      'KafkaPublisherProtocol',
      'RedisSettings',
      'LoggerFactory',
    ]);
    for (const [name, key] of tokens) expect(tokenName(key)).to.equal(name);
  });

  it('lists the members of everything that ends in Protocol', () => {
    for (const [name, key] of tokens) {
      if (name.endsWith('Protocol')) expect(protocolMembers(key), name).to.have.length.greaterThan(0);
    }
  });

  it('lists no member twice', () => {
    for (const [name, key] of tokens) {
      const members = protocolMembers(key) ?? [];
      expect(new Set(members).size, name).to.equal(members.length);
    }
  });
});

describe('silentLogger', () => {
  it('takes every level', () => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      expect(silentLogger[level]('nothing')).to.equal(undefined);
    }
  });
});
