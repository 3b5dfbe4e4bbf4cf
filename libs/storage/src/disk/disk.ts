/** A disk somebody means to write to, as discovery found it. */
export interface DiskRef {
  /** `nvme1` */
  readonly controller: string;
  /** Name of the block device: `nvme1n1`. */
  readonly name: string;
  /** What the disk must turn out to be once it is open. */
  readonly serial: string;
}

/** One part of a disk. */
export interface DiskPart {
  readonly offset: bigint;
  readonly length: number;
}

/** A disk that is held open, so that nothing else takes its place meanwhile. Read only. */
export interface OpenDisk extends AsyncDisposable {
  readonly path: string;
  /** `major:minor`. */
  readonly device: string;
  readonly isBlockDevice: boolean;
  /** Serial number of the disk behind the open handle; undefined if the kernel does not say. */
  readonly serial: string | undefined;
  readonly sizeBytes: bigint;
  /**
   * Reads these parts, one after the other, into the beginning of `into`.
   *
   * @throws HwError Unavailable if one cannot be read
   */
  read(parts: readonly DiskPart[], into: Uint8Array): Promise<void>;
}

/** Opens disks of a host. */
export interface DiskAccess {
  /**
   * Opens a disk for itself alone: the kernel refuses while it is mounted, part
   * of a volume or open like that elsewhere.
   *
   * @throws HwError Conflict if it is in use, NotFound if it is missing, Unavailable if it cannot be opened
   */
  openExclusive(name: string): Promise<OpenDisk>;
  /**
   * Opens a disk beside others, who may write to it. As long as it is open, the
   * kernel gives its name and number to no other disk.
   *
   * @throws HwError NotFound if it is missing, Unavailable if it cannot be opened
   */
  openShared(name: string): Promise<OpenDisk>;
}
