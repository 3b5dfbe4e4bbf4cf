import type { DeviceHealth } from '@rackwright/hardware-nvme';
import type { RecoveryHistory } from './history.ts';
import type { RecoverySettings } from './settings.ts';

/** All that a decision about recovery is made from. */
export interface RecoverySnapshot {
  readonly nowMs: number;
  readonly settings: RecoverySettings;
  readonly node: NodeSituation;
  readonly drives: readonly DriveSituation[];
  readonly history: RecoveryHistory;
}

/** What holds for every drive of the node. */
export interface NodeSituation {
  /** Since the host has started. */
  readonly uptimeMs: number;
  /** Why nothing may be done on the node just now; absent when nothing speaks against it. */
  readonly hold?: NodeHold;
}

/** What keeps recovery from a node. */
export interface NodeHold {
  readonly reason: 'KubeletNotReady' | 'Maintenance' | 'Cordoned' | 'RecoverySuspended' | 'NodeUnknown';
  readonly message: string;
}

/** One drive, and what speaks against touching it. */
export interface DriveSituation {
  readonly serial: string;
  readonly health: DeviceHealth;
  /** `nvme1`; absent for a drive that is gone. */
  readonly controller?: string;
  readonly controllerState?: string;
  readonly pciAddress?: string;
  readonly hasNamespace: boolean;
  /** What stands on the drive beside our own volume, in words; absent for nothing. */
  readonly otherUse?: string;
  /** Units that containers hold of the volume it is part of; undefined while nobody knows. */
  readonly allocatedUnits: number | undefined;
  /** Other functions of its PCI device have a driver. */
  readonly hasSiblings: boolean;
}
