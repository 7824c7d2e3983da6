import { expect } from 'chai';
import { DeskProcess } from '../../support/desk-process.js';
import { handIn, LiveSocket } from '../../support/essay-desk.js';
import { freePort } from '../../support/servers/free-port.js';

const essay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };

describe('the essay desk as a process', function () {
  this.timeout(20_000);

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
    expect(tokens[0]).to.equal('HttpServer');
    expect(tokens.slice(1, 3)).to.have.members(['RedisClient', 'KafkaBus']);
    expect(tokens.at(-1)).to.equal('LoggerFactory');
    expect(steps.join('\n')).to.match(/\nStopped in [\d.]+ ms\n/);
  });

  it('ends with one line and exit code 1 where Redis is closed to it', async () => {
    const begun = performance.now();
    await using desk = DeskProcess.launch({ REDIS_URL: `redis://desk:sesame@127.0.0.1:${await freePort()}` });

    expect(await desk.ended).to.deep.equal({ code: 1, signal: null });
    expect(performance.now() - begun).to.be.below(10_000);
    expect(desk.stderr).to.match(
      /^\[SLIPWAY_\w+\] .*\[SLIPWAY_REDIS_UNREACHABLE\] .*127\.0\.0\.1:\d+.*ECONNREFUSED.*\n$/,
    );
    expect(desk.stderr + desk.stdout).to.not.match(/sesame|\n +at /);
  });

  it('ends with one line and exit code 1 where Kafka is closed to it', async () => {
    const begun = performance.now();
    await using desk = DeskProcess.launch({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${await freePort()}` });

    expect(await desk.ended).to.deep.equal({ code: 1, signal: null });
    expect(performance.now() - begun).to.be.below(10_000);
    expect(desk.stderr).to.match(
      /^\[SLIPWAY_\w+\] .*\[SLIPWAY_KAFKA_UNAVAILABLE\] .*127\.0\.0\.1:\d+.*ECONNREFUSED.*\n$/,
    );
  });

  it('ends with one line and exit code 1 where its port is taken', async () => {
    await using first = await DeskProcess.open();
    await using second = DeskProcess.launch({ PORT: new URL(first.url).port });

    expect(await second.ended).to.deep.equal({ code: 1, signal: null });
    expect(second.stderr).to.match(/^\[SLIPWAY_CONTAINER_START\] .*EADDRINUSE.*\n$/);
  });

  it('lists the faults of its settings', async () => {
    await using desk = DeskProcess.launch({ REDIS_URL: 'http://x', KAFKA_BOOTSTRAP_SERVERS: 'x' });

    expect(await desk.ended).to.deep.equal({ code: 1, signal: null });
    expect(desk.stderr).to.include('REDIS_URL').and.include('KAFKA_BOOTSTRAP_SERVERS');
  });

  it('does not run embedded in production by itself', async () => {
    await using desk = DeskProcess.launch({ ENVIRONMENT: 'production' });

    expect(await desk.ended).to.deep.equal({ code: 1, signal: null });
    expect(desk.stderr).to.include('memory:// is refused');
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
