import type { SmartLog } from './smart.ts';

/** A namespace of a drive. */
export interface NvmeNamespaceSpec {
  /** Default its place in the list, from 1. */
  readonly nsid?: number;
  /** Of 512 bytes; default 3907029168, 2 TB. */
  readonly sectors?: number;
  /** Default 512. */
  readonly logicalBlockBytes?: number;
  /** Default 4096. */
  readonly physicalBlockBytes?: number;
  readonly readOnly?: boolean;
  /** Default an `eui.` number of its own. */
  readonly wwid?: string;
  /** Sizes of partitions in sectors of 512 bytes, one after the other from sector 2048; default none. */
  readonly partitions?: readonly number[];
}

/** One NVMe controller to simulate; what is left out is that of an AI100E cache drive. */
export interface NvmeSpec {
  /** Default `PASCARI AI100E`. */
  readonly model?: string;
  /** Default `AI1E2T024000000N`. */
  readonly serial?: string;
  /** Firmware revision; default `EIFZ00.1`. */
  readonly firmware?: string;
  /** PCI address, or where a fabric controller is; default a slot of its own. */
  readonly address?: string;
  /** −1 for none; default 0. */
  readonly numaNode?: number;
  /** PCI ids; default 0x1987 and 0x5026. */
  readonly vendor?: number;
  readonly device?: number;
  readonly subsystemVendor?: number;
  readonly subsystemDevice?: number;
  /** As sysfs writes it; default `16.0 GT/s PCIe`. */
  readonly linkSpeed?: string;
  /** Default 4. */
  readonly linkWidth?: number;
  readonly maxLinkSpeed?: string;
  readonly maxLinkWidth?: number;
  /** Default pcie. */
  readonly transport?: 'pcie' | 'tcp' | 'rdma' | 'fc' | 'loop';
  readonly cntlid?: number;
  /** `undefined` in the tree where the kernel is too old to show it. Default io. */
  readonly cntrltype?: 'io' | 'discovery' | 'admin';
  /**
   * NVMe qualified name of the subsystem; default one of its own. Controllers
   * with the same name are paths to the namespaces of the first of them.
   */
  readonly subsysnqn?: string;
  /** Default one of 2 TB. */
  readonly namespaces?: readonly NvmeNamespaceSpec[];
  /** What the drive says of its health; what is left out is that of a healthy one. */
  readonly smart?: Partial<SmartLog>;
  /** Whether temperatures show in hwmon; default true. */
  readonly hwmon?: boolean;
}

/** The NVMe side of a node. */
export interface NvmeHostSpec {
  /** Without it, even empty, the host has no NVMe driver. */
  readonly nvme?: readonly NvmeSpec[];
}
