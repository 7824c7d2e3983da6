import { expect } from 'chai';
import { encodeEnvelope } from '../../../../src/index.js';
import { resolveConsumerSettings } from '../../../../src/kafka/consumer/consumer-settings.js';
import { Router } from '../../../../src/kafka/consumer/router.js';
import { Counted, counted } from '../../../support/kafka/consuming.js';

const handler = (): void => undefined;

describe(Router.name, () => {
  it('holds an event to its schema in its own topic only', () => {
    const router = new Router(
      [
        { source: Counted, handler, options: {} },
        { source: 'mirror', handler, options: {} },
      ],
      resolveConsumerSettings({ groupId: 'desk' }),
    );
    const value = Buffer.from(encodeEnvelope({ ...counted(1), data: { other: true } }));
    expect(router.route('counted', value)).to.include({ kind: 'unreadable', reason: 'invalid' });
    const routed = router.route('mirror', value);
    expect(routed.kind).to.equal('handle');
    expect(routed.kind === 'handle' && routed.event.data).to.deep.equal({ other: true });
  });
});
