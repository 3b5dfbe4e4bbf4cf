import type { Latest } from '@rackwright/core';

/**
 * One piece of hardware as the kubelet is told of it: one of its devices, or
 * several of the same health and place where the hardware is shared.
 */
export interface Device {
  /**
   * Unique within its resource and stable while the hardware stays. Lists are
   * compared and encoded cheapest if this is the same array each time.
   */
  readonly ids: readonly string[];
  /** An unhealthy device stays listed, but is not allocated. */
  readonly healthy: boolean;
  /** Why the device is not healthy, one sentence; shown in refusals. */
  readonly reason?: string;
  /** NUMA nodes the device is close to; empty when unknown. */
  readonly numaNodes: readonly number[];
}

/** What one container gets together with its devices. All paths are those of the node. */
export interface ContainerAllocateResponse {
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
export interface PreferredAllocationRequest {
  readonly available: readonly string[];
  /** Devices that must be part of the answer; a subset of `available`. */
  readonly mustInclude: readonly string[];
  /** How many devices to name, those of `mustInclude` counted in. */
  readonly size: number;
}

/** One response per container, in the order of the request. */
export type AllocateResponses = readonly ContainerAllocateResponse[];

/**
 * The hardware behind one extended resource. The core does sockets, streams,
 * registration and the checks of every request; a profile only decides. What the
 * kubelet is told the plugin can do follows from the optional methods.
 */
export interface HardwareProfile {
  /** Extended resource name, such as `example.com/nic`. */
  readonly resource: string;
  /** What is offered now; each change reaches the kubelet as one update. */
  readonly devices: Latest<readonly Device[]>;
  /**
   * Why no device could be allocated now. The first registration waits for its
   * end: without limit as long as another plugin of the resource is served.
   */
  readonly obstacle?: Latest<string | undefined>;
  /** How long an Allocate may take with `beforeAllocate` and the calls before it, in milliseconds. Default 30 s. */
  readonly allocateTimeoutMs?: number;
  /**
   * Allocates devices. Every container asks for some, and every id is known,
   * healthy and named once. Throws or rejects with an HwError to refuse.
   *
   * No other Allocate of the process runs meanwhile: the next one starts when the
   * promise settles, also if the call ended before.
   *
   * @param signal aborts when the kubelet gives up or the time is over; the answer is then dropped
   */
  allocate(
    containers: readonly (readonly string[])[],
    signal: AbortSignal,
  ): AllocateResponses | Promise<AllocateResponses>;
  /**
   * Called before an Allocate is checked, to bring `devices` up to date with
   * what another plugin has allocated, as its predecessor does in a rolling
   * update. Throws an HwError to refuse.
   */
  beforeAllocate?(signal: AbortSignal): Promise<void>;
  /** Names the devices that suit best. `available` holds known devices only, `size` is at least 1. */
  getPreferredAllocation?(request: PreferredAllocationRequest): readonly string[];
  /**
   * Called before each start of a container that holds `ids`, for instance to reset them.
   *
   * @param signal aborts when the kubelet gives up, which it does after 30 s
   */
  preStartContainer?(ids: readonly string[], signal: AbortSignal): Promise<void>;
}
