/** One Slingshot NIC to simulate. */
export interface NicSpec {
  /** Device name; default the next number never used on this host. */
  readonly name?: string;
  /** Cassini generation. */
  readonly generation: 1 | 2;
  /** NUMA node, −1 for none; default spreads NICs over the nodes by slot. */
  readonly numaNode?: number;
  /** Fabric address; 0xffffffff stands for unset. Default the host's `nidBase` plus the slot. */
  readonly nid?: number;
  /** Default derived from the fabric address, as an algorithmic MAC (02:…). */
  readonly mac?: string;
  /** Name of the Ethernet device; default hsn<slot>. */
  readonly netdev?: string;
  /** Default up. */
  readonly link?: 'up' | 'down';
  /** How many virtual functions are enabled at start; default 0, at most 64. */
  readonly vfs?: number;
  /** What properties/speed says, Mb/s; default 200000, on Cassini 2 too (as the real driver does). */
  readonly speedMbps?: number;
  /** Link mode of a Cassini 2 port; default ck400G. */
  readonly linkMode?: string;
  /** How many telemetry files exist; default the useful ones of the specification. */
  readonly telemetryFiles?: number;
  readonly firmwareVersion?: string;
  readonly driverRev?: string;
  readonly partNumber?: string;
  readonly serialNumber?: string;
  /** Text of properties/cassini_version; default 1.1 or 2.0. */
  readonly cassiniVersion?: string;
}

/** The Slingshot side of a node. */
export interface CxiSpec {
  /** Without it, even empty, the host has none of the software that belongs to such NICs. */
  readonly nics?: readonly NicSpec[];
  /** libfabric in /opt/cray/lib64 and libcxi in /usr/lib64; default true. */
  readonly libraries?: boolean;
  /** /dev/xpmem and its module; default false. */
  readonly xpmem?: boolean;
  /** The cxi_rh double as /usr/bin/cxi_rh; default true. */
  readonly cxiRh?: boolean;
  /** Fabric address of the first NIC; default 0x10. */
  readonly nidBase?: number;
}
