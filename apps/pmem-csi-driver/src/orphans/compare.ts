import type { DeviceMode, Volume } from '../volumes/model.ts';

/** A device of the driver, as the node has it. */
export interface FoundDevice {
  readonly id: string;
  readonly mode: DeviceMode;
}

/** A PersistentVolume of the driver whose volume is on this node. */
export interface FoundPersistentVolume {
  readonly name: string;
  /** Id of its volume. */
  readonly handle: string;
  /** `namespace/name`; empty for none. */
  readonly claim: string;
}

/** What there is of volumes: on a node, and of that node in the cluster. */
export interface Inventory {
  readonly volumes: readonly Volume[];
  /** Ids of the state files that cannot be read. */
  readonly unreadable: readonly string[];
  readonly devices: readonly FoundDevice[];
  /** Modes whose devices could be looked at: in others nothing is known to be missing. */
  readonly modes: readonly DeviceMode[];
  readonly persistentVolumes: readonly FoundPersistentVolume[];
}

/** What of a volume is without the rest. */
export type OrphanKind =
  /** A volume that no PersistentVolume tells of: made, but never told of, or kept after its claim. */
  | 'NoPersistentVolume'
  /** A PersistentVolume whose volume is not there. */
  | 'NoVolume'
  /** A state file whose device is gone. */
  | 'NoDevice'
  /** A device no state file tells of. */
  | 'NoStateFile'
  /** A state file that cannot be read. */
  | 'Unreadable';

export interface Orphan {
  readonly kind: OrphanKind;
  /** Of the volume. */
  readonly id: string;
  /** What is known of it, for people. */
  readonly note: string;
}

/**
 * Names what belongs to nothing, in the order of the ids. Volumes that are being
 * erased are nobody's any more, and inline volumes have no PersistentVolume.
 */
export function findOrphans({
  volumes,
  unreadable,
  devices,
  modes,
  persistentVolumes,
}: Inventory): readonly Orphan[] {
  const known = new Set([...volumes.map(({ id }) => id), ...unreadable]);
  const told = new Set(persistentVolumes.map(({ handle }) => handle));
  const has = ({ id, deviceMode }: Volume): boolean =>
    !modes.includes(deviceMode) || devices.some((device) => device.id === id && device.mode === deviceMode);
  const expected = volumes.filter(({ deleting }) => !deleting);
  const orphans: Orphan[] = [
    ...unreadable.map((id) => ({ kind: 'Unreadable' as const, id, note: 'its state file cannot be read' })),
    ...expected
      .filter((volume) => !has(volume))
      .map(({ id, deviceMode }) => ({ kind: 'NoDevice' as const, id, note: `in mode ${deviceMode}` })),
    ...expected
      .filter(({ id, parameters }) => parameters.persistency === 'normal' && !told.has(id))
      .map(({ id, name, size }) => ({
        kind: 'NoPersistentVolume' as const,
        id,
        note: `${size} bytes, made as ${name || 'a name that is not known'}`,
      })),
    ...devices
      .filter(({ id }) => !known.has(id))
      .map(({ id, mode }) => ({ kind: 'NoStateFile' as const, id, note: `a device in mode ${mode}` })),
    ...persistentVolumes
      .filter(({ handle }) => !known.has(handle))
      .map(({ name, handle, claim }) => ({
        kind: 'NoVolume' as const,
        id: handle,
        note: claim === '' ? `of ${name}` : `of ${name}, claim ${claim}`,
      })),
  ];
  return orphans.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Those that were found by both looks. */
export function inBoth(first: readonly Orphan[], second: readonly Orphan[]): readonly Orphan[] {
  return second.filter(({ kind, id }) => first.some((one) => one.kind === kind && one.id === id));
}
