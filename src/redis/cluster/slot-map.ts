import { unexpected } from '../commands/replies.js';
import type { RedisCommand } from '../pending-command.js';
import { type NodeAddress, shownNode } from '../topology-url.js';
import { slotCount } from './key-slot.js';

/** Which server has which slots. A server's name here is its `host:port`. */
export class SlotMap {
  readonly #owners: (string | undefined)[];
  readonly masters: ReadonlyMap<string, NodeAddress>;

  constructor(owners: readonly (string | undefined)[], masters: ReadonlyMap<string, NodeAddress>) {
    this.#owners = [...owners];
    this.masters = masters;
  }

  owner(slot: number): string | undefined {
    return this.#owners[slot];
  }

  /** Has every slot a server? */
  get complete(): boolean {
    for (let slot = 0; slot < slotCount; slot += 1) if (this.#owners[slot] === undefined) return false;
    return true;
  }

  /** As it is after a server said that a slot is at another one. */
  with(slot: number, address: NodeAddress): SlotMap {
    const owners = [...this.#owners];
    if (slot >= 0) owners[slot] = shownNode(address);
    return new SlotMap(owners, new Map([...this.masters, [shownNode(address), address]]));
  }
}

/** @param asked the host that is asked: a server that does not know its own gives an empty one. */
export function clusterSlots(asked: string): RedisCommand<SlotMap> {
  return { name: 'cluster', args: ['SLOTS'], decode: (reply) => decodeSlots(reply, asked) };
}

function decodeSlots(reply: unknown, asked: string): SlotMap {
  const owners = Array.from<string | undefined>({ length: slotCount });
  const masters = new Map<string, NodeAddress>();
  if (!Array.isArray(reply)) throw unexpected(reply, 'ranges of slots');
  for (const range of reply as readonly unknown[]) {
    if (!Array.isArray(range) || !Array.isArray(range[2])) throw unexpected(range, 'a range of slots');
    const [host, port] = range[2] as readonly unknown[];
    // A host that is not known is empty, null or, with hostnames preferred, a question mark.
    const known = typeof host === 'string' && host !== '' && host !== '?';
    const address = { host: known ? host : asked, port: Number(port) };
    const name = shownNode(address);
    masters.set(name, address);
    owners.fill(name, Number(range[0]), Number(range[1]) + 1);
  }
  return new SlotMap(owners, masters);
}
