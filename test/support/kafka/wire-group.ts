import { randomUUID } from 'node:crypto';

export const groupErrors = {
  none: 0,
  loading: 14,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalancing: 27,
} as const;

export interface JoinRequest {
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

export interface JoinAnswer {
  readonly error: number;
  readonly generation: number;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** For the leader alone. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[];
}

export interface SyncAnswer {
  readonly error: number;
  readonly assignment: Buffer;
}

interface Member {
  readonly id: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocol: string;
  metadata: Buffer;
  assignment: Buffer;
  joining: ((answer: JoinAnswer) => void) | undefined;
  syncing: ((answer: SyncAnswer) => void) | undefined;
  expiry: NodeJS.Timeout | undefined;
}

const nothing = Buffer.alloc(0);

/**
 * A consumer group as Apache Kafka's classic coordinator keeps it: members join, the leader shares out, whoever is silent
 * for its session is out, and only a member of the present generation commits.
 */
export class WireGroup {
  readonly #members = new Map<string, Member>();
  readonly #offsets = new Map<string, bigint>();
  #state: 'empty' | 'joining' | 'syncing' | 'stable' = 'empty';
  #generation = 0;
  #leader = '';
  #deadline: NodeJS.Timeout | undefined;

  committed(topic: string, partition: number): bigint {
    return this.#offsets.get(`${topic}-${partition}`) ?? -1n;
  }

  join(request: JoinRequest): Promise<JoinAnswer> {
    const known = this.#members.get(request.memberId);
    if (request.memberId !== '' && !known) {
      return Promise.resolve(this.#refusal(groupErrors.unknownMember, request.memberId));
    }
    const { name: protocol = '', metadata = nothing } = request.protocols[0] ?? {};
    const isAsBefore = known?.metadata.equals(metadata) === true && known.id !== this.#leader;
    if (known && isAsBefore && this.#state === 'stable') {
      this.#touch(known);
      return Promise.resolve(this.#answer(known));
    }
    const member: Member = known ?? {
      id: `member-${randomUUID()}`,
      sessionTimeoutMs: 0,
      rebalanceTimeoutMs: 0,
      protocol: '',
      metadata: nothing,
      assignment: nothing,
      joining: undefined,
      syncing: undefined,
      expiry: undefined,
    };
    const { sessionTimeoutMs, rebalanceTimeoutMs } = request;
    Object.assign(member, { sessionTimeoutMs, rebalanceTimeoutMs, protocol, metadata });
    this.#members.set(member.id, member);
    return new Promise((resolve) => {
      member.joining = resolve;
      // Whoever waits for the others does not have to beat.
      clearTimeout(member.expiry);
      this.#rebalance();
    });
  }

  sync(memberId: string, generation: number, assignments: ReadonlyMap<string, Buffer>): Promise<SyncAnswer> {
    const error = this.#check(memberId, generation);
    if (error !== groupErrors.none) return Promise.resolve({ error, assignment: nothing });
    if (this.#state === 'joining') {
      return Promise.resolve({ error: groupErrors.rebalancing, assignment: nothing });
    }
    const member = this.#member(memberId);
    if (this.#state === 'stable') return Promise.resolve({ error, assignment: member.assignment });
    return new Promise((resolve) => {
      member.syncing = resolve;
      if (memberId !== this.#leader) return;
      this.#state = 'stable';
      for (const each of this.#members.values()) {
        each.assignment = assignments.get(each.id) ?? nothing;
        each.syncing?.({ error: groupErrors.none, assignment: each.assignment });
        each.syncing = undefined;
        this.#touch(each);
      }
    });
  }

  heartbeat(memberId: string, generation: number): number {
    const error = this.#check(memberId, generation);
    if (error !== groupErrors.none) return error;
    return this.#state === 'joining' ? groupErrors.rebalancing : groupErrors.none;
  }

  leave(memberId: string): number {
    const member = this.#members.get(memberId);
    if (!member) return groupErrors.unknownMember;
    this.#remove(member);
    return groupErrors.none;
  }

  /** While members join, what the old generation has done is still taken. */
  commit(
    memberId: string,
    generation: number,
    offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[],
  ): number {
    const error = this.#check(memberId, generation);
    if (error !== groupErrors.none) return error;
    if (this.#state === 'syncing') return groupErrors.rebalancing;
    for (const { topic, partition, offset } of offsets) this.#offsets.set(`${topic}-${partition}`, offset);
    return groupErrors.none;
  }

  /** The coordinator is gone: nobody is answered, and no session runs out. */
  suspend(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    for (const member of this.#members.values()) {
      clearTimeout(member.expiry);
      member.joining = undefined;
      member.syncing = undefined;
    }
  }

  /** It is back, knows its members, and gives each a whole session. */
  resume(): void {
    for (const member of this.#members.values()) this.#touch(member);
    // Whoever was about to join or to be given its share has to begin again.
    if (this.#members.size > 0 && this.#state !== 'stable') this.#rebalance();
  }

  #member(id: string): Member {
    const member = this.#members.get(id);
    if (!member) throw new Error(`There is no member ${id}.`);
    return member;
  }

  #check(memberId: string, generation: number): number {
    const member = this.#members.get(memberId);
    if (!member) return groupErrors.unknownMember;
    if (generation !== this.#generation) return groupErrors.illegalGeneration;
    this.#touch(member);
    return groupErrors.none;
  }

  #touch(member: Member): void {
    clearTimeout(member.expiry);
    member.expiry = setTimeout(() => this.#remove(member), member.sessionTimeoutMs);
  }

  #remove(member: Member): void {
    clearTimeout(member.expiry);
    this.#members.delete(member.id);
    if (this.#members.size > 0) this.#rebalance();
    else this.#state = 'empty';
  }

  #rebalance(): void {
    if (this.#state !== 'joining') {
      this.#state = 'joining';
      for (const member of this.#members.values()) {
        member.syncing?.({ error: groupErrors.rebalancing, assignment: nothing });
        member.syncing = undefined;
      }
    }
    const members = [...this.#members.values()];
    if (members.every(({ joining }) => joining)) {
      this.#complete();
      return;
    }
    this.#deadline ??= setTimeout(
      () => {
        const late = [...this.#members.values()].filter(({ joining }) => !joining);
        for (const member of late) {
          clearTimeout(member.expiry);
          this.#members.delete(member.id);
        }
        this.#complete();
      },
      Math.max(...members.map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs)),
    );
  }

  #complete(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#generation += 1;
    const [first] = this.#members.keys();
    this.#state = first === undefined ? 'empty' : 'syncing';
    if (!this.#members.has(this.#leader)) this.#leader = first ?? '';
    for (const member of this.#members.values()) {
      member.joining?.(this.#answer(member));
      member.joining = undefined;
      this.#touch(member);
    }
  }

  #answer({ id, protocol }: Member): JoinAnswer {
    const isLeader = id === this.#leader;
    return {
      error: groupErrors.none,
      generation: this.#generation,
      protocol,
      leader: this.#leader,
      memberId: id,
      members: isLeader
        ? Array.from(this.#members.values(), ({ id: memberId, metadata }) => ({ memberId, metadata }))
        : [],
    };
  }

  #refusal(error: number, memberId: string): JoinAnswer {
    return { error, generation: -1, protocol: '', leader: '', memberId, members: [] };
  }
}
