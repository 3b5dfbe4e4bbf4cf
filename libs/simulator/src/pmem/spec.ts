/** How a namespace is used; the names of ndctl. */
export type PmemMode = 'raw' | 'fsdax' | 'devdax' | 'sector';

/** A namespace to be made in a region. */
export interface PmemNamespaceSpec {
  /** Default fsdax. */
  readonly mode?: PmemMode;
  /** What it takes of the region; default as much as there is in one piece. */
  readonly bytes?: number;
  /** At most 63 bytes; default none. */
  readonly name?: string;
  /** Default made from its place. */
  readonly uuid?: string;
  /** Of fsdax and devdax; default 2 MiB. */
  readonly align?: number;
  /** Of the disk; default 4096 in sector mode, else 512. */
  readonly sectorSize?: number;
}

/** A range of persistent memory. */
export interface PmemRegionSpec {
  /** Default 252 GiB. */
  readonly bytes?: number;
  /** Physical address; default behind the region before it, the first at 4 GiB. */
  readonly start?: number;
  /** Number of the bus, from 0; default 0. */
  readonly bus?: number;
  /** Memory that forgets, as an emulated one; default false. */
  readonly volatile?: boolean;
  /** −1 for none; default 0. */
  readonly numaNode?: number;
  /** How many DIMMs it is spread over; default 1. */
  readonly ways?: number;
  /** Default 16 MiB for each DIMM. */
  readonly align?: number;
  readonly readOnly?: boolean;
  /** Default none, as the kernel shows for what it cannot know. */
  readonly persistenceDomain?: 'memory_controller' | 'cpu_cache';
  /** Whether its DIMMs have label areas in use; without them it is one raw namespace. Default true. */
  readonly labelled?: boolean;
  readonly namespaces?: readonly PmemNamespaceSpec[];
}

/** The persistent memory of a node. */
export interface PmemHostSpec {
  /** Regions; without it, even empty, the host has no NVDIMM driver. */
  readonly pmem?: readonly PmemRegionSpec[];
}
