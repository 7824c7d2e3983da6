import { expect } from 'chai';
import { DeskProcess } from '../../support/desk-process.js';
import { handIn, LiveSocket } from '../../support/essay-desk.js';
import { freePort } from '../../support/servers/free-port.js';

const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

describe('the essay desk as a process', () => {
  it('runs with nothing around it, says so, and brings an essay to an open WebSocket', async () => {
    await using desk = await DeskProcess.open();
    expect(desk.stderr).to.match(
      /^The essay desk is open: http:\/\/127\.0\.0\.1:\d+ \(embedded; for real servers set REDIS_URL and KAFKA_BOOTSTRAP_SERVERS\)\n$/,
    );
    await using live = await LiveSocket.open(desk.url, 'ada');
    const { status, body } = await handIn(desk.url, essay);

    expect(status).to.equal(201);
    const { data } = await live.until('essay_created');
    expect(data).to.include({ essay_id: body['essayId'], event_id: body['eventId'] });
  });

  it('run by npm start stops in order on Ctrl-C, prints each step with its milliseconds, and exits with 0', async () => {
    await using desk = DeskProcess.npmStart();
    await desk.untilOpen();
    await using live = await LiveSocket.open(desk.url, 'ada');
    desk.signal('SIGINT');

    expect(await desk.ended).to.deep.equal({ code: 0, signal: null });
    expect((await live.closed).code).to.equal(1001);
    const [stopping, ...steps] = desk.stderr
      .split('\n')
      .slice(desk.stderr.split('\n').indexOf('Stopping on SIGINT'));
    expect(stopping).to.equal('Stopping on SIGINT');
    const tokens = steps.flatMap((line) => /^(\w+) released in [\d.]+ ms$/.exec(line)?.[1] ?? []);
    // First what takes requests, then what they are handled with.
    const firstReleased = steps.findIndex((line) => line.includes(' released in '));
    expect(steps.findIndex((line) => /^http closed in [\d.]+ ms$/.test(line))).to.be.within(0, firstReleased);
    expect(tokens).to.include.members(['HttpServer', 'RedisClient', 'KafkaBus']);
    expect(tokens.at(-1)).to.equal('LoggerFactory');
    expect(steps.join('\n')).to.match(/\nStopped in [\d.]+ ms\n/);
  });

  it('logs one JSON object a line where no terminal looks on', async () => {
    await using desk = await DeskProcess.open();
    await handIn(desk.url, essay);
    desk.signal('SIGTERM');
    expect((await desk.ended).code).to.equal(0);

    const lines = desk.stdout.trim().split('\n');
    expect(lines.length).to.be.greaterThan(3);
    for (const line of lines) expect(JSON.parse(line)).to.include.keys('timestamp', 'level', 'message');
  });

  it('run by npm start stops on SIGTERM too', async () => {
    await using desk = DeskProcess.npmStart();
    await desk.untilOpen();
    desk.signal('SIGTERM');

    expect(await desk.ended).to.deep.equal({ code: 0, signal: null });
    expect(desk.stderr).to.include('Stopping on SIGTERM');
  });
});

describe('the essay desk that cannot start', () => {
  let withoutKafka: Promise<string>;

  // It tries for 5 s, so it is begun before the others.
  before(async () => {
    withoutKafka = lastWords({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${await freePort()}` });
  });

  it('says in one line where Redis does not listen and why', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const words = await lastWords({ REDIS_URL: `redis://desk:sesame@${address}` });

    expect(words).to.match(/^\[SLIPWAY_\w+\] .*\[SLIPWAY_REDIS_UNREACHABLE\] .*ECONNREFUSED.*\n$/);
    expect(words).to.include(address);
  });

  it('says in one line that its port is taken', async () => {
    await using first = await DeskProcess.open();

    expect(await lastWords({ PORT: new URL(first.url).port })).to.match(
      /^\[SLIPWAY_CONTAINER_START\] .*EADDRINUSE.*\n$/,
    );
  });

  it('lists the faults of its settings', async () => {
    const words = await lastWords({ REDIS_URL: 'http://x', KAFKA_BOOTSTRAP_SERVERS: 'x' });

    expect(words).to.include('REDIS_URL is').and.include('KAFKA_BOOTSTRAP_SERVERS is');
  });

  it('does not run embedded in production by itself', async () => {
    expect(await lastWords({ ENVIRONMENT: 'production' })).to.include('memory:// is refused');
  });

  it('says in one line where Kafka does not listen and why', async () => {
    expect(await withoutKafka).to.match(
      /^\[SLIPWAY_\w+\] .*\[SLIPWAY_KAFKA_UNAVAILABLE\] .*127\.0\.0\.1:\d+.*ECONNREFUSED.*\n$/,
    );
  });
});

/** What the desk says on stderr before it ends with exit code 1, in time, without a secret or a stack. */
async function lastWords(env: Readonly<Record<string, string>>): Promise<string> {
  const begun = performance.now();
  await using desk = DeskProcess.launch(env);
  expect(await desk.ended).to.deep.equal({ code: 1, signal: null });
  expect(performance.now() - begun).to.be.below(40_000);
  expect(desk.stderr + desk.stdout).to.not.match(/sesame|\n +at /);
  return desk.stderr;
}
