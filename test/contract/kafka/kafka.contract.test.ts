import {
  eventConsumerContract,
  kafkaFaultContract,
  type KafkaNeed,
  openMemoryKafka,
} from '../../../src/testing/index.js';
import { testsAtOnce } from '../../support/at-once.js';
import { ApacheWorlds, openDouble } from '../../support/kafka/contract-worlds.js';
import { kafkaIsGiven, shortestSessionMs } from '../../support/servers/addresses.js';

/** One broker leads all partitions, and creates topics by their first use. */
const ofSeveral: readonly KafkaNeed[] = ['moveLeaders', 'missingTopic'];

describe('the contracts of Kafka clients', function () {
  this.timeout(120_000);
  const apache = new ApacheWorlds(shortestSessionMs());
  before(() => apache.connect());
  after(() => apache[Symbol.asyncDispose]());
  const itAtOnce = testsAtOnce(10);

  describe(eventConsumerContract.name, () => {
    describe('with kafkajs on Apache Kafka', () => itAtOnce(eventConsumerContract(apache.open)));
    describe('on memoryKafka()', () => itAtOnce(eventConsumerContract(openMemoryKafka)));
  });

  describe(kafkaFaultContract.name, () => {
    // A Kafka that is not ours may let nobody forbid anything.
    const without = kafkaIsGiven() ? [...ofSeveral, 'forbid' as const] : ofSeveral;
    const onApache = kafkaFaultContract(apache.open, { without });
    describe('with kafkajs on Apache Kafka', () => itAtOnce(onApache));

    const tried = new Set(kafkaFaultContract(apache.open, { without: ofSeveral }).map(({ title }) => title));
    const others = kafkaFaultContract(openDouble).filter(({ title }) => !tried.has(title));
    describe('with kafkajs on a wire double', () => itAtOnce(others));
    describe('on memoryKafka()', () => itAtOnce(kafkaFaultContract(openMemoryKafka)));
  });
});
