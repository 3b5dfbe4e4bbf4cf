import { isRejected } from './error.ts';

/** What else a start of maintenance says. */
export interface MaintenanceOptions {
  /** Leave the objects where they are: the node comes back soon. */
  readonly skipRebalance?: boolean;
}

/** What else a decommission says. */
export interface DecommissionOptions {
  /** Delete the objects on the node's mountpaths once they are elsewhere. */
  readonly removeUserData: boolean;
  /** Do not move objects away: what only this node has is lost. */
  readonly skipRebalance?: boolean;
  /** Keep the two files the node was started with, so that it can start again as a new one. */
  readonly keepInitialConfig?: boolean;
}

/** What became of a change of the membership. */
export interface MembershipChange {
  /** The rebalance that moves the objects, such as `g2`; absent if there is none. */
  readonly rebalanceId: string | undefined;
  /** Nodes that the cluster takes no change of now, because it is at another one: ask again later. */
  readonly waiting: readonly string[];
}

/** The release whose words the primary speaks: 5.0 takes several nodes in one call. */
export type Dialect = '4.9' | '5.0';

/** AIStore's names of the changes. */
export type MembershipAction =
  | 'start-maintenance'
  | 'stop-maintenance'
  | 'decommission-node'
  | 'shutdown-node';

/** What 4.9 says where 5.0 says nothing: the node is already where it is to be. */
const alreadyDone: Readonly<Partial<Record<MembershipAction, RegExp>>> = {
  'start-maintenance': /already in maintenance/i,
  'stop-maintenance': /not in maintenance/i,
};

/** Whether a refusal says that there is nothing to do. */
export function isDoneAlready(action: MembershipAction, error: unknown): boolean {
  return isRejected(error) && (alreadyDone[action]?.test((error as Error).message) ?? false);
}

/** The rebalance that an answer names: `g2`, in quotes or not; nothing if none was started. */
export function rebalanceIdOf(body: string): string | undefined {
  return /^"?(g\d+)"?$/.exec(body.trim())?.[1];
}
