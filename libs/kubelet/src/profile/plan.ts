/** One piece of hardware that stands behind ids of the kubelet. */
export interface HardwareDevice {
  /** Unique on the node, without `::`. */
  readonly name: string;
  /** Devices of one kind are interchangeable; a resource offers those of one. */
  readonly kind: string;
  readonly numaNode?: number;
  readonly healthy: boolean;
  /** One CamelCase word. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
}

/** How many pods may have one device at a time. */
export type Sharing =
  | { readonly mode: 'exclusive' }
  | {
      readonly mode: 'shared';
      /** Ids, or units, of each device. */
      readonly capacity: number;
    };

/** One extended resource and the devices behind it. */
export interface ResourcePlan {
  readonly resource: string;
  readonly kind: string;
  readonly sharing: Sharing;
}
