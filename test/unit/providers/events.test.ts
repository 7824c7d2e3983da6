import { expect } from 'chai';
import { z } from 'zod';
import {
  Application,
  defineEvent,
  EventRegistry,
  events,
  infrastructure,
  loadSettings,
  Provider,
  registry,
  Scope,
  token,
} from '../../../src/index.js';
import { BatchClosed, ContentCreated, Ticked } from '../../support/content-events.js';

const Topics = token<readonly string[]>()('Topics');
const user = () =>
  new Provider('user').provide(Topics, {
    scope: Scope.APP,
    inject: [EventRegistry],
    create: (known) => known.events.map(({ topic }) => topic),
  });

describe('events', () => {
  it('gathers the events of all modules, each once', async () => {
    const modules = [events([ContentCreated, Ticked]), events([BatchClosed, Ticked])];
    await using app = await Application.start([registry(), ...modules, user()]);
    expect(await app.get(Topics)).to.deep.equal(['content-events', 'ticks', 'batch.events']);
  });

  it('is part of infrastructure, with no events unless a module adds some', async () => {
    const settings = loadSettings({
      SERVICE_NAME: 'desk',
      REDIS_URL: 'memory://',
      KAFKA_BOOTSTRAP_SERVERS: 'memory://',
    });
    await using app = await Application.start([infrastructure(settings), user()]);
    expect(await app.get(Topics)).to.deep.equal([]);
    await using other = await Application.start([infrastructure(settings), events([Ticked]), user()]);
    expect(await other.get(Topics)).to.deep.equal(['ticks']);
  });

  it('fails the start where two events have one type', async () => {
    const other = defineEvent('ticked', { topic: 'other', schema: z.null(), key: null });
    const providers = [registry(), events([Ticked]), events([other]), user()] as const;
    let failure: unknown;
    await Application.start(providers).catch((error: unknown) => {
      failure = error;
    });
    expect(String(failure)).to.contain("Two events have the type 'ticked'");
  });
});
