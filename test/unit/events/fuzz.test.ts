import { expect } from 'chai';
import { envelopesSurvive } from '../../faults/fuzz/envelopes.js';
import { headersSurvive } from '../../faults/fuzz/headers.js';
import { likePython } from '../../faults/fuzz/python-oracle.js';

/** A little of `npm run faults -- fuzz`; another seed with every run, which a failure tells. */
describe('random and broken input', () => {
  const seed = Date.now() % 1_000_000_007;

  it('gives an envelope or a typed error', () => {
    expect(envelopesSurvive(2_000, seed)).to.include({ ok: true });
  });

  it('gives ids of any headers', () => {
    expect(headersSurvive(2_000, seed)).to.include({ ok: true });
  });

  it('is written as Python writes it, where there is a python3', async () => {
    const result = await likePython(3_000, seed);
    if (result.skipped !== undefined) console.warn(`      not run: ${result.skipped}`);
    expect(result).to.include({ ok: true });
  });
});
