import type { TemperatureThresholds } from '../health/observation.ts';
import type { HealthState } from '../health/state.ts';

/** Where the device plugin leaves what it knows, for the exporter of the node. */
export const agentSnapshotFile = '/run/ai100/snapshot.json';

/**
 * What the device plugin knows of its node, as it stands in the file: sizes in
 * bytes are decimal strings, since JSON has no exact large integers; times are
 * RFC 3339 in UTC.
 */
export interface AgentSnapshot {
  readonly schemaVersion: 1;
  readonly time: string;
  /** Seconds between two looks: one that is older than two of them says nothing any more. */
  readonly pollSeconds: number;
  readonly resource: string;
  readonly devices: readonly AgentDevice[];
  /** One per volume: a single one in layout Striped. */
  readonly caches: readonly AgentCache[];
  readonly units: {
    readonly capacity: number;
    readonly healthy: number;
    /** Absent while the kubelet does not say who holds what. */
    readonly allocated?: number;
    readonly allocations?: readonly AgentAllocation[];
  };
  /** Since the agent's first start on this node. */
  readonly transitions: readonly {
    readonly serial: string;
    readonly from: HealthState;
    readonly to: HealthState;
    readonly count: number;
  }[];
  readonly recoveryActions: readonly {
    readonly action: string;
    readonly result: string;
    readonly count: number;
  }[];
}

/** One drive. */
export interface AgentDevice {
  readonly serial: string;
  /** Names of now: `nvme1`, `nvme1n1`. */
  readonly controller: string;
  readonly namespace?: string;
  readonly pciAddress?: string;
  readonly model?: string;
  readonly firmware?: string;
  readonly numaNode?: number;
  readonly sizeBytes?: string;
  /** Part of a cache volume of ours. */
  readonly managed: boolean;
  /** May become part of one; if not, `reason` says why. */
  readonly eligible: boolean;
  readonly reason?: string;
  readonly firmwareCompliant: boolean;
  readonly unitId?: string;
  readonly health: HealthState;
  readonly healthSince: string;
  readonly healthMessage: string;
  /** The newest SMART log as the tool printed it, and when. */
  readonly smart?: { readonly time: string; readonly json: string };
  /** Of Identify Controller. */
  readonly thresholds?: TemperatureThresholds;
  readonly error?: { readonly source: string; readonly message: string; readonly since: string };
  readonly resetsLastHour: number;
}

/** One cache volume. */
export interface AgentCache {
  readonly layout: 'Striped' | 'PerDevice';
  readonly state: string;
  readonly vg: {
    readonly name: string;
    readonly sizeBytes: string;
    readonly freeBytes: string;
    readonly missingPvs: number;
  };
  readonly lv?: {
    readonly name: string;
    readonly uuid: string;
    readonly sizeBytes: string;
    readonly stripes: number;
    readonly stripeBytes: string;
    readonly healthy: boolean;
    readonly devices: readonly string[];
  };
  readonly mount?: {
    readonly path: string;
    readonly source: string;
    readonly fsType: string;
    readonly options: readonly string[];
    readonly readOnly: boolean;
    /** What is mounted is the volume of this cache. */
    readonly identityOk: boolean;
    readonly sizeBytes?: string;
    readonly usedBytes?: string;
    readonly availableBytes?: string;
    readonly files?: string;
    readonly filesFree?: string;
  };
  readonly blockers: readonly AgentBlocker[];
}

/** Why a cache is not made. */
export interface AgentBlocker {
  /** Number of the safety gate, 1 to 8; absent for other reasons. */
  readonly gate?: number;
  readonly name: string;
  readonly serial?: string;
  readonly detail: string;
}

/** Which container holds a unit. */
export interface AgentAllocation {
  readonly unitId: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}
