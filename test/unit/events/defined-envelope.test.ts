import { expect } from 'chai';
import { createEnvelope } from '../../../src/index.js';
import { BatchClosed, ContentCreated } from '../../support/content-events.js';
import { thrown } from '../../support/thrown.js';

const context = { sourceService: 'desk' };

describe('createEnvelope of a defined event', () => {
  it('has the type and the version of the definition, and data as handlers get it', () => {
    const row = { essay_id: 'e1', title: 't', password_hash: 'x' };
    expect(createEnvelope(ContentCreated, row, context)).to.deep.include({
      eventType: 'content.created.v2',
      schemaVersion: 2,
      sourceService: 'desk',
      data: { essay_id: 'e1', title: 't', tags: [] },
    });
    const closed = { batch: { id: 'b' }, closed_at: '2025-01-02T03:04:05Z' };
    expect(createEnvelope(BatchClosed, closed, context).data.closed_at).to.deep.equal(
      new Date('2025-01-02T03:04:05Z'),
    );
  });

  it('takes no version from the context', () => {
    const given = { ...context, schemaVersion: 9 };
    expect(createEnvelope(ContentCreated, { essay_id: 'e', title: '' }, given).schemaVersion).to.equal(2);
  });

  it('names every field that is wrong, of envelope and data', () => {
    const data = { essay_id: '', title: 't' };
    const error = thrown(() => createEnvelope(ContentCreated, data, { sourceService: '', eventId: 'x' }));
    expect(error).to.include({ code: 'SLIPWAY_EVENT_INVALID' });
    expect(error.rawMessage).to.equal(
      'The envelope of content.created.v2 is not valid: eventId must be a UUID; sourceService must not be empty; ' +
        'data.essay_id: Too small: expected string to have >=1 characters.',
    );
  });
});
