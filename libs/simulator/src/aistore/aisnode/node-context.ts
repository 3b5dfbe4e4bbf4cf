import type { Clock } from '@rackwright/core';
import type { Faults } from './faults.ts';
import type { Journal } from './journal.ts';
import type { Peers } from './peers.ts';
import type { Role, SmapNode } from './smap.ts';
import type { StateFiles } from './state-files.ts';
import type { StateStore } from './state-store.ts';
import type { Timings } from './timings.ts';

/** Which release a stand-in speaks like. */
export type Dialect = '4.9' | '5.0';

/** What the parts of a node share. */
export interface NodeContext {
  readonly self: SmapNode;
  readonly role: Role;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly times: Timings;
  readonly state: StateStore;
  readonly files: StateFiles;
  readonly peers: Peers;
  readonly journal: Journal;
  readonly faults: { current: Faults };
  /** Whether the cluster has started: from then on it may rebalance. */
  readonly started: { value: boolean };
  readonly log: (line: string) => void;
  /** Ends the process with this code, once what is being answered is out. */
  readonly leave: (code: number) => void;
  /** Aborts when the node ends. */
  readonly signal: AbortSignal;
}

/** `t[abc]`: a node as AIStore's messages call it. */
export function nodeName({ daemon_type, daemon_id }: Pick<SmapNode, 'daemon_type' | 'daemon_id'>): string {
  return `${daemon_type.charAt(0)}[${daemon_id}]`;
}
