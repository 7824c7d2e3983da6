import { expect } from 'chai';
import * as sinon from 'sinon';
import { tellerOf } from '../../../src/container/stop-teller.js';
import { containerEvents } from '../../../src/index.js';

describe(tellerOf.name, () => {
  it('tells a logger by whom it was forced, and times as short as they can be read', () => {
    const logger = { debug: sinon.stub(), info: sinon.stub(), warn: sinon.stub(), error: sinon.stub() };
    const teller = tellerOf(logger);
    teller.begin('SIGINT');
    teller.force('SIGTERM');
    for (const durationMs of [0.04, 9.94, 10, 12.6, 1_234.5]) {
      containerEvents.release.publish({ token: 'A', scope: 'APP', durationMs });
    }
    teller.close();
    expect(logger.warn.args).to.deep.equal([['Forced to end by SIGTERM', { signal: 'SIGTERM' }]]);
    expect(
      logger.info.args.slice(1).map(([text]) => String(text).replace('A released in ', '')),
    ).to.deep.equal(['0.0 ms', '9.9 ms', '10 ms', '13 ms', '1235 ms']);
  });
});
