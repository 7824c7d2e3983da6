import { expect } from 'chai';
import type { Run } from '../../support/run.js';
import { runMocha } from '../../support/run-mocha.js';

const fixture = 'fixtures/leaky.fixture.js';

describe('the leak hook', function () {
  this.timeout(60_000);
  let run: Run;
  let traced: Run;

  before(async () => {
    [run, traced] = await Promise.all([
      runMocha(fixture),
      runMocha(fixture, { SLIPWAY_TEST_TRACE_LEAKS: '1' }),
    ]);
  });

  it('fails a run that leaves something open, and ends it', () => {
    expect(run.exitCode).to.equal(1);
    expect(run.output).to.include('4 passing').and.to.include('1 failing');
  });

  it('names what is open and the test that left it', () => {
    expect(run.output).to.include('"Leaky" left open:');
    expect(run.output).to.include('Timeout, left by the test "Leaky leaves a timer"');
    expect(run.output).to.include('TCPServerWrap, left by the test "Leaky leaves a socket"');
    expect(run.output.match(/, (left|opened) by /g)).to.have.length(2);
  });

  it('does not blame the next suite', () => {
    expect(run.output).to.not.include('"Tidy" left open');
  });

  it('shows where it was made when asked to', () => {
    expect(traced.output).to.match(/\n {2}Timeout\n.*leaky\.fixture\.(js|ts)/);
  });
});
