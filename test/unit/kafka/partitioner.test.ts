import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { murmur2, partitionOf } from '../../../src/index.js';
import { projectRoot } from '../../support/project-root.js';

interface Vector {
  readonly key_base64: string;
  readonly expect: {
    readonly murmur2_positive: number;
    readonly of_3: number;
    readonly of_6: number;
    readonly of_12: number;
  };
}

describe('partitionOf', () => {
  it('agrees with the Java client on every vector', () => {
    const vectors = readFileSync(join(projectRoot, 'test/fixtures/vectors/kafka_partition.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Vector);
    expect(vectors).to.have.length(67);
    for (const { key_base64: base64, expect: expected } of vectors) {
      const key = Buffer.from(base64, 'base64');
      expect({
        murmur2_positive: murmur2(key),
        of_3: partitionOf(key, 3),
        of_6: partitionOf(key, 6),
        of_12: partitionOf(key, 12),
      }).to.deep.equal(expected);
    }
  });
});
