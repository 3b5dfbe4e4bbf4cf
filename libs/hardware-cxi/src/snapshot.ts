import type { ReadFailure } from '@rackwright/host';

/**
 * What one scan read, as text: the input of `cxiDevices`. What it could not
 * read it does not know: `withLastKnown` fills that from an earlier snapshot.
 */
export interface CxiSnapshot {
  /** Names in the class folder that look like a device's, in natural order. */
  readonly entries: readonly string[];
  /** Those of them that are devices: links, or folders. */
  readonly devices: readonly RawCxiDevice[];
  /** False if the time for one scan did not suffice. */
  readonly complete: boolean;
  /** Why the class folder could not be listed; absent if it was, or is not there. */
  readonly unlisted?: ReadFailure;
}

/** One thing that is read of a device: a field of `RawCxiDevice`, or an attribute by its path below `folder`. */
export type CxiFact = string;

/** The raw facts of one entry of the device class. */
export interface RawCxiDevice {
  /** Entry of /sys/class/cxi. */
  readonly name: string;
  /** Folder of the PCI function with links followed; absent when the entry leads nowhere. */
  readonly folder?: string;
  /** Trimmed content by path below `folder`; files that are missing or empty are left out. */
  readonly text: Readonly<Record<string, string>>;
  /** Length of BAR 0 in bytes. */
  readonly bar0Bytes?: number;
  /** PCI address of the physical function, from the link `physfn`. */
  readonly physicalFunction?: string;
  readonly netdevs: readonly string[];
  readonly devNode: RawDeviceNode;
  /** Facts that could not be read, and why. Without `folder` none was read but the device node. */
  readonly unread: ReadonlyMap<CxiFact, ReadFailure>;
  /** Those of them that are as they were last read. */
  readonly stale: readonly CxiFact[];
  /** What is odd about the entry. */
  readonly problems: readonly string[];
}

/** What stands at the path of the device node. */
export interface RawDeviceNode {
  /** Host path. */
  readonly path: string;
  readonly present: boolean;
  /** Device number of a character device, as stat gives it. */
  readonly rdev?: number;
}
