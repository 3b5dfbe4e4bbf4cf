/** An NVMe drive of a guest. */
export interface DriveSpec {
  /** How cases call it, and its name to QEMU: letters, digits, hyphens. */
  readonly name: string;
  /** At most 20 characters. */
  readonly serial: string;
  readonly sizeBytes: number;
}

/** Names of what stands for a drive in QEMU. */
export const driveNodes = ({ name }: DriveSpec) => ({
  /** Its slot, where it is plugged in. */
  slot: `slot-${name}`,
  /** The controller in the slot. */
  device: name,
  /** What the controller reads and writes. */
  disk: `disk-${name}`,
  /** The file on the host below it. */
  file: `file-${name}`,
  /** What stands between them while it misbehaves. */
  fault: `fault-${name}`,
});
