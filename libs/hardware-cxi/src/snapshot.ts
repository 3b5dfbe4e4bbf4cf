/** What one scan read, as text: the input of `cxiDevices`. */
export interface CxiSnapshot {
  /** Names in the class folder that look like a device's, in natural order. */
  readonly entries: readonly string[];
  /** Those of them that are devices: links, or folders. */
  readonly devices: readonly RawCxiDevice[];
  /** False if the time for one scan did not suffice. */
  readonly complete: boolean;
}

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
  /** What could not be read and why. */
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
