import { setTimeout as sleep } from 'node:timers/promises';
import { PartitionAssigners, type PartitionAssigner } from 'kafkajs';
import { type FetchingBroker, hideAborted } from './aborted-records.js';

interface JoinRequest {
  readonly memberId?: string | undefined;
}

/** What is used of kafkajs's coordinator. */
export interface Coordinator {
  joinGroup: (this: Coordinator, request: JoinRequest) => Promise<unknown>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }): Promise<{ readonly responses: readonly TopicOffsets[] }>;
}

interface TopicOffsets {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

/** What is used of kafkajs's cluster, which it hands to every assigner. */
export interface GroupCluster {
  findGroupCoordinator(request: object): Promise<Coordinator>;
  findBroker(request: object): Promise<FetchingBroker>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning: boolean;
    }[],
  ): Promise<readonly TopicOffsets[]>;
}

export interface SeamHooks {
  /** @param findCoordinator which is no step of a join. */
  readonly onCluster: (cluster: GroupCluster, findCoordinator: GroupCluster['findGroupCoordinator']) => void;
  /** Awaited each time before the group is joined, so before the partitions are given up. */
  readonly beforeJoin: () => Promise<void>;
  /** The membership to take up; asked once for each attempt to join. */
  readonly memberToResume: () => string | undefined;
}

/**
 * kafkajs gives a consumer no moment between "the group rebalances" and "the partitions are another's": its events are
 * not waited for. But it shows its assigners the cluster of the one consumer that they serve, and the first step of every
 * join is to ask that cluster for the group's coordinator. This waits there. The cluster is asked for the broker of each fetch
 * too, whose answers are set right there. Partitions are assigned round robin.
 */
export function seamAssigner(hooks: SeamHooks): PartitionAssigner {
  return (config) => {
    const cluster = config.cluster as unknown as GroupCluster;
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (request) => {
      await hooks.beforeJoin();
      const coordinator = await find(request);
      joinPatiently(coordinator, hooks.memberToResume());
      return coordinator;
    };
    const findBroker = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (request) => hideAborted(await findBroker(request));
    hooks.onCluster(cluster, find);
    return PartitionAssigners.roundRobin(config);
  };
}

/** How long a coordinator that has just come up is asked again. Its answer would end kafkajs's consumer. */
const loadingPauseMs = 100;
const loadingAttempts = 50;

const originals = new WeakMap<Coordinator, Coordinator['joinGroup']>();

/**
 * Lets the next JoinGroup go out in the name of `memberId`: if the group does not know it, kafkajs joins anew. Asks again
 * while the coordinator loads the group.
 */
function joinPatiently(coordinator: Coordinator, memberId: string | undefined): void {
  const join = originals.get(coordinator) ?? coordinator.joinGroup;
  originals.set(coordinator, join);
  coordinator.joinGroup = async (request) => {
    coordinator.joinGroup = join;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await join.call(coordinator, { ...request, memberId: request.memberId || memberId });
      } catch (error) {
        const { type } = error as { readonly type?: unknown };
        if (type !== 'GROUP_LOAD_IN_PROGRESS' || attempt >= loadingAttempts) throw error;
      }
      await sleep(loadingPauseMs);
    }
  };
}
