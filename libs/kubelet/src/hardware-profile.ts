import type { Latest } from '@rackwright/core';

/**
 * One piece of hardware as the kubelet is told of it: one of its devices, or
 * several of the same health and place where the hardware is shared.
 */
export interface OfferedDevice {
  /**
   * Unique within its resource and stable while the hardware stays. Lists are
   * compared and encoded cheapest if this is the same array each time.
   */
  readonly ids: readonly string[];
  /** An unhealthy device stays listed, but is not handed out. */
  readonly healthy: boolean;
  /** Why the device is not healthy, one sentence; shown in refusals. */
  readonly reason?: string;
  /** NUMA nodes the device is close to; empty when unknown. */
  readonly numaNodes: readonly number[];
}

/** What one container gets together with its devices. All paths are those of the node. */
export interface ContainerGrant {
  readonly envs?: Readonly<Record<string, string>>;
  readonly mounts?: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly readOnly: boolean;
  }[];
  /** `permissions` is any of r, w and m (mknod). */
  readonly devices?: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly permissions: string;
  }[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fully qualified CDI names: vendor/class=device. */
  readonly cdiDevices?: readonly string[];
}

/** The kubelet's question which of its free devices suit one container best. */
export interface PreferenceRequest {
  readonly available: readonly string[];
  /** Devices that must be part of the answer; a subset of `available`. */
  readonly mustInclude: readonly string[];
  /** How many devices to name, those of `mustInclude` counted in. */
  readonly size: number;
}

/**
 * The hardware behind one extended resource. The core does sockets, streams,
 * registration and the checks of every request; a profile only decides. The
 * optional methods are optional powers: what the kubelet is told the plugin
 * can do follows from which of them exist.
 */
export interface HardwareProfile {
  /** Extended resource name, such as `hpe.com/cxi`. */
  readonly resource: string;
  /** What is offered now; each change reaches the kubelet as one update. */
  readonly devices: Latest<readonly OfferedDevice[]>;
  /**
   * Why nothing could be handed out now. The first registration waits for its
   * end: without limit as long as another plugin of the resource is served.
   */
  readonly obstacle?: Latest<string | undefined>;
  /**
   * Hands devices out, one grant per container in the same order. Every container
   * asks for some, and every id is known, healthy and named once. Throws an HwError to refuse.
   */
  allocate(containers: readonly (readonly string[])[]): readonly ContainerGrant[];
  /**
   * Called before an Allocate is checked: the time to bring `devices` up to date
   * with what others handed out, as the plugin of before does in a rolling
   * update. Throws an HwError to refuse.
   */
  confirm?(): Promise<void>;
  /** Names the devices that suit best. `available` holds known devices only, `size` is at least 1. */
  prefer?(request: PreferenceRequest): readonly string[];
  /** Called before each start of a container that holds `ids`, for instance to reset them. */
  prepare?(ids: readonly string[]): Promise<void>;
}
