import type { deviceplugin } from '@rackwright/kubelet';
import type { SimulatedHost } from '@rackwright/simulator';

/** Whether a list the kubelet got is the one that was waited for. */
export type Wanted = (devices: readonly deviceplugin.Device[]) => boolean;

/** One change of the hardware, and the list it must lead to. */
export interface Change {
  readonly act: () => unknown;
  readonly wanted: Wanted;
}

/** What the reference serves: a fixed list, and an answer to Allocate by the number of ids. */
export interface ReferenceShape {
  /** The first device turns unhealthy and back when the trigger is touched. */
  readonly devices: readonly deviceplugin.Device[];
  readonly answers: Readonly<Record<string, deviceplugin.ContainerAllocateResponse>>;
}

/** A device plugin to measure, with the hardware of its node. */
export interface PluginFamily {
  /** Name of the app. */
  readonly app: string;
  readonly resource: string;
  /** The node in words. */
  readonly node: string;
  /** How many ids an Allocate asks for. */
  readonly sizes: readonly number[];
  /** So many ids, as the plugin itself would prefer them. */
  ids(size: number): string[];
  readonly reference: ReferenceShape;
  /** The simulated host, before the plugin starts. */
  createHost(folder: string): Promise<SimulatedHost>;
  /** Flags beside those of the kubelet's folders. */
  args(host: SimulatedHost): readonly string[];
  /** Flags with the intervals users have, to count the programs the plugin starts on the host while nothing happens. */
  idleArgs?(host: SimulatedHost): readonly string[];
  /** Median of a start in milliseconds that is allowed. */
  readonly startLimitMs: number;
  /** Each kind in turn; the last leaves the hardware as the first found it. */
  changes(host: SimulatedHost): Readonly<Record<string, Change>>;
  /** Most changes of each kind after which the last one is still told; default any number. */
  readonly mostChanges?: number;
  /** 99th percentile of a change in milliseconds that is allowed. */
  readonly changeLimitMs: number;
  /** A change comes at a random moment of this time: the plugin's own interval. */
  readonly changeWithinMs: number;
  /** How the plugin learns of a change, for the reader of the figures. */
  readonly remark: string;
}
