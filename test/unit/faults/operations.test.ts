import { expect } from 'chai';
import type { Deed, Note } from '../../faults/operations/journal.js';
import { faultOfRefusal } from '../../faults/operations/load.js';
import {
  faultsOfAmount,
  faultsOfNaming,
  faultsOfOutput,
  type LogLine,
  logLines,
} from '../../faults/operations/logs.js';
import { faultsOfOrder } from '../../faults/operations/order.js';
import { table } from '../../faults/operations/table.js';

function orderFaultsOf(...deeds: readonly (readonly [Deed, string])[]): readonly string[] {
  return faultsOfOrder(deeds.map(([deed, of]): Note => ({ deed, of })));
}

function bodyOf(code: string, id: string | null): string {
  return JSON.stringify({ error: { code, correlation_id: id } });
}

/** The checks of the cells have to bite: each is shown what it is there to find. */
describe('faults of operations', () => {
  describe('faultsOfOrder', () => {
    const stop: readonly (readonly [Deed, string])[] = [
      ['closing', 'consumer'],
      ['intake-closed', 'consumer'],
      ['handled', 'a'],
      ['closed', 'consumer'],
      ['closing', 'kafka'],
      ['closed', 'kafka'],
      ['closing', 'redis'],
      ['closed', 'redis'],
    ];
    const begun: readonly (readonly [Deed, string])[] = [
      ['answering', 'a'],
      ['answered', 'a'],
      ['handling', 'a'],
    ];
    it('finds nothing in a stop in order', () => {
      expect(orderFaultsOf(...begun, ...stop)).to.deep.equal([]);
    });

    it('finds an event that is handled after its clients closed', () => {
      expect(orderFaultsOf(...begun, ...stop, ['handling', 'b'], ['handled', 'b'])).to.include.members([
        'handling b after redis was closing',
        'handled b after kafka was closing',
        'handling b after the consumer took no more',
      ]);
    });

    it('finds an event and a request that end while a client closes', () => {
      const order = [
        ...stop.filter(([deed]) => deed !== 'handled'),
        ...stop.filter(([deed]) => deed === 'handled'),
      ];
      expect(orderFaultsOf(...begun, ...order)).to.include('handled a after redis was closing');
      expect(orderFaultsOf(['answering', 'b'], ...begun, ...stop, ['answered', 'b'])).to.include(
        'answered b after redis was closing',
      );
    });

    it('finds what has no end', () => {
      expect(orderFaultsOf(['answering', 'b'], ...begun, ...stop)).to.deep.equal(['answering b has no end']);
    });

    it('finds clients that close in another order, or not at all', () => {
      expect(orderFaultsOf(['closing', 'redis'], ['closed', 'redis'])).to.have.members([
        'redis closes before consumer',
        'redis closes before kafka',
        'consumer was not closed',
        'kafka was not closed',
      ]);
    });

    it('finds errors that nobody caught, and warnings of Node', () => {
      expect(orderFaultsOf(...begun, ...stop, ['uncaught', 'Error: x'], ['warning', 'y'])).to.deep.equal([
        'uncaught Error: x',
        'warning y',
      ]);
    });
  });

  describe('faultsOfOutput', () => {
    const printed = { stdout: '{"level":"info","message":"a"}\n', stderr: 'Stopped in 5.0 ms\n' };
    const faultsOf = (more: Partial<typeof printed>): readonly string[] =>
      faultsOfOutput({ ...printed, ...more }, ['hunter2']);

    it('finds nothing in lines of JSON and the steps of a stop', () => {
      expect(faultsOf({})).to.deep.equal([]);
    });

    it('finds secrets, stacks and lines of an unknown kind', () => {
      expect(faultsOf({ stdout: '{"message":"hunter2"}\n' })).to.deep.equal(['a secret is in stdout']);
      expect(faultsOf({ stdout: '{"stack":"Error: a\\n    at b (c.js:1:2)"}\n' })[0]).to.include(
        'a stack is in stdout',
      );
      expect(faultsOf({ stderr: '    at b (c.js:1:2)\n' })).to.have.length(2);
      expect(faultsOf({ stdout: 'a: b\n' })).to.deep.equal(['a line of stdout is no JSON']);
      expect(faultsOf({ stderr: '(node:1) Warning: a\n' })).to.deep.equal(['on stderr: (node:1) Warning: a']);
    });
  });

  describe('faultsOfNaming', () => {
    const address = '127.0.0.1:6379';
    const context = { clientId: 'work-redis', address: `redis://${address}/0`, error: 'refused' };
    const lost: LogLine = { level: 'warn', module: 'redis', message: 'Redis connection lost', context };

    it('finds nothing where the fault is named once', () => {
      expect(faultsOfNaming([lost], 'redis', address)).to.deep.equal([]);
    });

    it('finds a fault that is not named, or without its address', () => {
      const none = ['the log does not name redis with address and cause'];
      expect(faultsOfNaming([], 'redis', address)).to.deep.equal(none);
      expect(faultsOfNaming([{ ...lost, context: { error: 'refused' } }], 'redis', address)).to.deep.equal(
        none,
      );
    });

    it('finds a fault that is named twice', () => {
      expect(faultsOfNaming([lost, lost], 'redis', address)[0]).to.include('the log says 2 times');
    });

    it('finds the other server accused', () => {
      const kafka: LogLine = { level: 'warn', module: 'kafka', message: 'Kafka connection lost' };
      expect(faultsOfNaming([lost, kafka], 'redis', address)[0]).to.include('the log accuses kafka');
    });
  });

  describe('faultsOfAmount', () => {
    it('finds more warnings than work that failed', () => {
      const lines = logLines('{"level":"warn","module":"a","message":"b"}\n'.repeat(3));
      expect(faultsOfAmount(lines, 3)).to.deep.equal([]);
      expect(faultsOfAmount(lines, 2)[0]).to.include('[["a: b",3]]');
    });
  });

  describe('faultOfRefusal', () => {
    const cell = { when: 'load', server: 'redis', fault: 'refused' } as const;
    const refusal = {
      status: 503,
      body: bodyOf('SLIPWAY_REDIS_UNREACHABLE', 'a'),
      retryAfter: '2',
      ms: 1,
    };

    it('finds nothing in a 503 of the server that is away', () => {
      expect(faultOfRefusal(refusal, cell)).to.equal(undefined);
    });

    it('finds another status, another server, and what an answer lacks', () => {
      expect(faultOfRefusal({ ...refusal, status: 500 }, cell)).to.include('answered 500');
      expect(faultOfRefusal({ ...refusal, retryAfter: undefined }, cell)).to.include('without retry-after');
      expect(
        faultOfRefusal({ ...refusal, body: bodyOf('SLIPWAY_REDIS_UNREACHABLE', null) }, cell),
      ).to.include('without correlation_id');
      expect(faultOfRefusal({ ...refusal, body: bodyOf('SLIPWAY_KAFKA_UNAVAILABLE', 'a') }, cell)).to.include(
        'not of redis',
      );
    });
  });

  describe('table', () => {
    it('has a row for each moment and server, and a column for each fault', () => {
      const text = table([
        { id: 'operations.boot.redis.refused', ok: true, took_ms: 1234 },
        { id: 'operations.stop.kafka.recovered', ok: false, took_ms: 10_000 },
      ]);
      const lines = text.split('\n');
      expect(lines).to.have.length(9);
      expect(lines[0]?.trim().split(/\s+/)).to.deep.equal([
        'refused',
        'kill-9',
        'sigstop',
        'black-hole',
        'recovered',
      ]);
      expect(lines[1]).to.match(/^boot redis +ok 1\.2 s +- +- +- +-$/);
      expect(lines[8]).to.match(/^stop kafka +- +- +- +- +FAIL 10\.0 s$/);
    });
  });
});
