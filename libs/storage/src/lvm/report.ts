/** What `lvm fullreport` says. Sizes are bytes. */
export interface LvmReport {
  readonly pvs: readonly PhysicalVolume[];
  readonly vgs: readonly VolumeGroup[];
  readonly lvs: readonly LogicalVolume[];
}

/** A physical volume; `vg` is empty for one of no group. */
export interface PhysicalVolume {
  /** `/dev/nvme1n1`, or `[unknown]` for a missing one. */
  readonly name: string;
  readonly uuid: string;
  readonly vg: string;
  readonly sizeBytes: bigint;
  readonly freeBytes: bigint;
  readonly missing: boolean;
  /** Another device has the same identity. */
  readonly duplicate: boolean;
}

/** A volume group. Two may have one name; the uuid tells them apart. */
export interface VolumeGroup {
  readonly name: string;
  readonly uuid: string;
  /** One more after every change; left out where LVM does not tell. */
  readonly seqno?: number;
  /** The machine that may use it; empty for any. */
  readonly systemId: string;
  readonly tags: readonly string[];
  readonly sizeBytes: bigint;
  readonly freeBytes: bigint;
  readonly extentBytes: bigint;
  readonly missingPvs: number;
  readonly exported: boolean;
}

/** A logical volume. */
export interface LogicalVolume {
  readonly name: string;
  readonly vg: string;
  readonly vgUuid: string;
  readonly uuid: string;
  /** `/dev/VG/LV`. */
  readonly path: string;
  readonly tags: readonly string[];
  readonly sizeBytes: bigint;
  /** Of its first segment; a linear one has 1. */
  readonly stripes: number;
  readonly stripeBytes: bigint;
  readonly active: boolean;
  /** Part of it lies on a missing physical volume. */
  readonly partial: boolean;
  /** `lv_health_status`; empty when nothing is wrong. */
  readonly health: string;
  /** Physical volumes it lies on, each once. */
  readonly devices: readonly string[];
  /** `major:minor` of the device in the kernel, while active. */
  readonly device?: string;
}
