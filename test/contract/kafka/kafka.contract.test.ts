import { expect } from 'chai';
import {
  type ContractTest,
  eventConsumerContract,
  kafkaFaultContract,
  type KafkaNeed,
  openMemoryKafka,
  type OpenedKafka,
} from '../../../src/testing/index.js';
import { testsAtOnce } from '../../support/at-once.js';
import { ApacheWorlds, openDouble } from '../../support/kafka/contract-worlds.js';
import { careless, headerless, losing, repeating, reversing } from '../../support/kafka/wrong-drivers.js';
import { failureOf } from '../../support/kafka/outcomes.js';
import { kafkaIsGiven, shortestSessionMs } from '../../support/servers/addresses.js';

/** One broker leads all partitions, and creates topics by their first use. */
const ofSeveral: readonly KafkaNeed[] = ['moveLeaders', 'missingTopic'];

/** The test of the contracts that a wrong driver fails. */
function failed(what: string, title: string, open: () => Promise<OpenedKafka>): ContractTest {
  const tests = [...eventConsumerContract(open), ...kafkaFaultContract(open)];
  const test = tests.find((each) => each.title.startsWith(title));
  const run = async (): Promise<void> => {
    expect(await failureOf(test?.run() ?? Promise.resolve())).to.have.property('name', 'AssertionError');
  };
  return { title: `that ${what}`, run };
}

describe('the contracts of Kafka clients', function () {
  this.timeout(120_000);
  const apache = new ApacheWorlds(shortestSessionMs());
  before(() => apache.connect());
  after(() => apache[Symbol.asyncDispose]());
  const [itAtOnce] = testsAtOnce(16);

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

  describe('fail a driver', () =>
    itAtOnce([
      failed('loses what it acknowledges', 'lets those that wait', losing),
      failed('stores twice what it repeats', 'stores each message once, in order, where acknow', repeating),
      failed('mixes up the order', 'lets those that wait', reversing),
      failed('does not tell that it sends', 'settles within the delivery timeout', careless),
      failed('loses headers', 'commits what is handled', headerless),
    ]));
});
