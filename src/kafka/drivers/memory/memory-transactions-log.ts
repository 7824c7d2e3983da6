import { DriverError } from '../../driver-error.js';
import type { StoredRecord } from './memory-log.js';

/** One transaction of a memory cluster. Until it has ended nobody reads its records, nor what stands behind them. */
export interface MemoryTransaction {
  readonly id: string;
  readonly epoch: number;
  readonly records: StoredRecord[];
  state: 'open' | 'committed' | 'aborted';
}

/** Who has which transactional id, and which records belong to which transaction. */
export class MemoryTransactionsLog {
  readonly #owners = new Map<string, { epoch: number; open: MemoryTransaction | undefined }>();
  readonly #transactions = new WeakMap<StoredRecord, MemoryTransaction>();

  /** Aborts what the former owner left open, and fences it. @returns the new owner's epoch, and what was aborted. */
  take(id: string): { readonly epoch: number; readonly aborted: MemoryTransaction | undefined } {
    const former = this.#owners.get(id);
    if (former?.open) former.open.state = 'aborted';
    const epoch = (former?.epoch ?? 0) + 1;
    this.#owners.set(id, { epoch, open: undefined });
    return { epoch, aborted: former?.open };
  }

  begin(id: string, epoch: number): MemoryTransaction {
    const owner = this.#owner(id, epoch);
    const transaction: MemoryTransaction = { id, epoch, records: [], state: 'open' };
    owner.open = transaction;
    return transaction;
  }

  /** @throws DriverError for a producer that was fenced. */
  assertOpen({ id, epoch }: MemoryTransaction): void {
    this.#owner(id, epoch);
  }

  add(transaction: MemoryTransaction, records: readonly StoredRecord[]): void {
    transaction.records.push(...records);
    for (const record of records) this.#transactions.set(record, transaction);
  }

  end(transaction: MemoryTransaction, isCommitted: boolean): void {
    const owner = this.#owner(transaction.id, transaction.epoch);
    transaction.state = isCommitted ? 'committed' : 'aborted';
    owner.open = undefined;
  }

  /** May the record be read? `undefined`: not yet. */
  isVisible(record: StoredRecord): boolean | undefined {
    const state = this.#transactions.get(record)?.state;
    return state === 'open' ? undefined : state !== 'aborted';
  }

  #owner(id: string, epoch: number): { open: MemoryTransaction | undefined } {
    const owner = this.#owners.get(id);
    if (owner?.epoch === epoch) return owner;
    throw new DriverError('fenced', `Another producer has the transactional id ${id}.`);
  }
}
