import type { HardwareDevice } from '@rackwright/kubelet';

/** What people call one of the devices. */
export const noun = 'NIC';

/** One NIC function as the plugin offers it; its name is the kernel's, `cxi0`. */
export interface Nic extends HardwareDevice {
  readonly index: number;
  readonly kind: 'pf' | 'vf';
  /** Path of the device node on the host, `/dev/cxi0`. */
  readonly node: string;
  readonly nodePresent: boolean;
}

/** How NICs reach a container. */
export type AllocateMode = 'device-nodes' | 'cdi-cri' | 'cdi-annotations' | 'cdi-inline';
