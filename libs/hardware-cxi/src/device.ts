/** State of the fabric link; `unknown` when the driver does not say. */
export type LinkState = 'up' | 'down' | 'unknown';

/** The character device processes open, made by the module cxi_user. */
export interface CxiDeviceNode {
  /** Path on the host, e.g. `/dev/cxi0`. */
  readonly path: string;
  readonly present: boolean;
  readonly major?: number;
  readonly minor?: number;
}

/**
 * One Slingshot NIC function as the driver shows it. What the host does not
 * say, or says in a way that makes no sense, is absent and `problems` names it.
 */
export interface CxiDevice {
  /** Kernel name, `cxi0`. The number is probe order: it need not match `hsnN`. */
  readonly name: string;
  readonly index: number;
  readonly kind: 'pf' | 'vf';
  /** Cassini generation. */
  readonly generation?: 1 | 2;
  /** Text of the driver, e.g. `1.1`. */
  readonly cassiniVersion?: string;
  /** PCI address `dddd:bb:dd.f`. */
  readonly pciAddress?: string;
  /** PCI ids, four lower-case hex digits without prefix: `17db`, `0501`. */
  readonly vendorId?: string;
  readonly deviceId?: string;
  /** NUMA node, 0 included; absent when the platform knows none. */
  readonly numaNode?: number;
  /** CPUs of that node as a list, e.g. `32-47,96-111`. */
  readonly localCpus?: string;
  /** Fabric address, 20 bits; absent when unset. */
  readonly nid?: number;
  /** Lower-case, colon-separated. */
  readonly mac?: string;
  /** Network interface of the same PCI function, e.g. `hsn0`. */
  readonly netdev?: string;
  readonly linkState: LinkState;
  /** Megabits per second. */
  readonly linkSpeedMbps?: number;
  readonly driverRev?: string;
  readonly firmwareVersion?: string;
  readonly partNumber?: string;
  readonly serialNumber?: string;
  /** Event queue of the registered retry handler; 0 when none is registered. */
  readonly retryHandlerEq?: number;
  readonly rgidsAvailable?: number;
  readonly pcieCorrectableErrors?: number;
  readonly pcieUncorrectableErrors?: number;
  /** When the link last restarted, Unix seconds, oldest first; the driver keeps ten. */
  readonly linkRestarts: readonly number[];
  /** Name of the physical function of a virtual one, when it is on this host. */
  readonly parent?: string;
  readonly devNode: CxiDeviceNode;
  /** Whether the PCI function is enabled. */
  readonly pciEnabled?: boolean;
  /** What could not be read the last time and is as it was last read (`CxiFact`); absent when nothing is. */
  readonly stale?: readonly string[];
  readonly problems: readonly string[];
}
