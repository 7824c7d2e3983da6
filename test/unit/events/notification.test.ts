import { expect } from 'chai';
import { JsonReader } from '../../../src/events/json/json-reader.js';
import { losslessValue } from '../../../src/events/json/json-value.js';
import { loadsRules } from '../../../src/events/ids/deterministic-event-id.js';
import { encodeNotification, getUserChannel } from '../../../src/index.js';
import { vectors } from '../../support/vectors.js';

interface Vector {
  readonly name: string;
  readonly input: { readonly user_id: string; readonly event_type: string; readonly data: string };
  readonly expect: { readonly channel: string; readonly message: string };
}

describe(encodeNotification.name, () => {
  for (const { name, input, expect: expected } of vectors('notification') as readonly Vector[]) {
    it(`writes the original's bytes: ${name}`, () => {
      const members = JsonReader.readMembers(input.data, losslessValue, loadsRules);
      const data = Object.fromEntries(members as ReadonlyMap<string, unknown>);
      expect(encodeNotification(input.event_type, data)).to.equal(expected.message);
      expect(getUserChannel(input.user_id)).to.equal(expected.channel);
    });
  }

  it('refuses data that holds itself', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = [circular];
    expect(() => encodeNotification('e', circular))
      .to.throw('contains itself')
      .with.property('code', 'SLIPWAY_EVENT_INVALID');
  });
});
