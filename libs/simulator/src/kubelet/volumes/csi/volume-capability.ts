import { csi } from '@rackwright/csi';
import type { NodeAbilities } from './csi-drivers.ts';
import type { CsiVolume } from './csi-paths.ts';

const Mode = csi.VolumeCapability_AccessMode_Mode;

/** How the pod's claim wants the volume, in CSI's words. */
export function volumeCapability(
  { block, fsType, mountOptions, accessMode }: CsiVolume,
  { multiWriter }: Pick<NodeAbilities, 'multiWriter'>,
): csi.VolumeCapability {
  return {
    accessType: block
      ? { $case: 'block', block: {} }
      : { $case: 'mount', mount: { fsType, mountFlags: [...mountOptions], volumeMountGroup: '' } },
    accessMode: { mode: csiMode(accessMode, multiWriter) },
  };
}

/** Drivers that know it are told how many pods may write; to the others both are one writer. */
function csiMode(accessMode: string, multiWriter: boolean): csi.VolumeCapability_AccessMode_Mode {
  switch (accessMode) {
    case 'ReadWriteOnce':
      return multiWriter ? Mode.SINGLE_NODE_MULTI_WRITER : Mode.SINGLE_NODE_WRITER;
    case 'ReadWriteOncePod':
      return multiWriter ? Mode.SINGLE_NODE_SINGLE_WRITER : Mode.SINGLE_NODE_WRITER;
    case 'ReadOnlyMany':
      return Mode.MULTI_NODE_READER_ONLY;
    case 'ReadWriteMany':
      return Mode.MULTI_NODE_MULTI_WRITER;
    default:
      return Mode.UNKNOWN;
  }
}
