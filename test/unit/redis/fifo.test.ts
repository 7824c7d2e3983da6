import { expect } from 'chai';
import * as fc from 'fast-check';
import { Fifo } from '../../../src/redis/fifo.js';

describe(Fifo.name, () => {
  it('is a queue, whatever is pushed and shifted', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat({ max: 3000 }), fc.constant('clear' as const))), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const step of steps) {
          if (step === 'clear') {
            fifo.clear();
            model = [];
          } else if (step % 2 === 0) {
            for (let count = 0; count < step; count += 1) {
              fifo.push(next);
              model.push(next);
              next += 1;
            }
          } else {
            const taken = Array.from({ length: step }, () => fifo.shift());
            const expected = [
              ...model.splice(0, step),
              ...Array.from({ length: step }, () => undefined),
            ].slice(0, step);
            expect(taken).to.deep.equal(expected);
          }
          expect(fifo.length).to.equal(model.length);
          expect(fifo.peek()).to.equal(model[0]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
