/** One NIC function as the plugin offers it. */
export interface Nic {
  /** Kernel name, `cxi0`. */
  readonly name: string;
  readonly index: number;
  readonly kind: 'pf' | 'vf';
  readonly numaNode?: number;
  /** Path of the device node on the host, `/dev/cxi0`. */
  readonly node: string;
  readonly nodePresent: boolean;
  readonly healthy: boolean;
  /** One CamelCase word. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
}

/** How many pods may hold one NIC at a time. */
export type Sharing =
  | { readonly mode: 'exclusive' }
  | {
      readonly mode: 'shared';
      /** Device ids per NIC. */
      readonly capacity: number;
    };

/** One extended resource and the NICs behind it. */
export interface ResourcePlan {
  readonly resource: string;
  readonly kind: 'pf' | 'vf';
  readonly sharing: Sharing;
}

/** How NICs reach a container. */
export type AllocateMode = 'device-nodes' | 'cdi-cri' | 'cdi-annotations' | 'cdi-inline';
