import { PartitionAssigners, type PartitionAssigner } from 'kafkajs';

/** What is used of kafkajs's coordinator. */
interface Coordinator {
  joinGroup(request: { readonly memberId?: string }): Promise<unknown>;
}

/** What is used of kafkajs's cluster, which it hands to every assigner. */
export interface GroupCluster {
  findGroupCoordinator(request: object): Promise<Coordinator>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning: boolean;
    }[],
  ): Promise<
    readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[]
  >;
}

export interface SeamHooks {
  readonly onCluster: (cluster: GroupCluster) => void;
  /** Awaited each time before the group is joined, so before the partitions are given up. */
  readonly beforeJoin: () => Promise<void>;
  /** The membership to take up; asked once for each attempt to join. */
  readonly memberToResume: () => string | undefined;
}

/**
 * kafkajs gives a consumer no moment between "the group rebalances" and "the partitions are another's": its events are
 * not waited for. But it shows its assigners the cluster of the one consumer that they serve, and the first step of every
 * join is to ask that cluster for the group's coordinator. This waits there. Partitions are assigned round robin.
 */
export function seamAssigner(hooks: SeamHooks): PartitionAssigner {
  return (config) => {
    const cluster = config.cluster as unknown as GroupCluster;
    const find = cluster.findGroupCoordinator.bind(cluster);
    cluster.findGroupCoordinator = async (request) => {
      await hooks.beforeJoin();
      const coordinator = await find(request);
      resumeMember(coordinator, hooks.memberToResume());
      return coordinator;
    };
    hooks.onCluster(cluster);
    return PartitionAssigners.roundRobin(config);
  };
}

/** Lets the next JoinGroup go out in the name of `memberId`. If the group does not know it, kafkajs joins anew. */
function resumeMember(coordinator: Coordinator, memberId: string | undefined): void {
  if (memberId === undefined) return;
  const join = coordinator.joinGroup.bind(coordinator);
  coordinator.joinGroup = (request) => {
    coordinator.joinGroup = join;
    return join({ ...request, memberId: request.memberId || memberId });
  };
}
