import type { CxiDeviceObject } from '@rackwright/api';
import type { ObjectCondition } from '@rackwright/kube';
import type { DriverState } from '../driver/verify.ts';

/** What is known of the own Node object. */
export interface ObservedNode {
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The condition SlingshotRebootRequired, if the Node has it. */
  readonly rebootRequired?: ObjectCondition;
}

/** What the API server holds, as far as it was seen. */
export interface Observed {
  readonly node: ObservedNode;
  /** CXIDevices that carry this node's label, by object name. */
  readonly devices: ReadonlyMap<string, CxiDeviceObject>;
  /** True while the API server does not know CXIDevices, as without their CRD. */
  readonly withoutDevices?: boolean;
  /** The driver state events were last emitted for. */
  readonly announced?: DriverState;
}
