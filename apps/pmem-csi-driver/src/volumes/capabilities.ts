import { HwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import type { VolumeParameters } from './model.ts';

/** File systems volumes are formatted with. */
export const fileSystems = ['ext4', 'xfs'] as const;
export type FileSystem = (typeof fileSystems)[number];

/** How a volume is to be used. */
export interface Access {
  readonly kind: 'block' | 'mount';
  /** Of a mounted volume; undefined where the request leaves it to the driver. */
  readonly fileSystem?: FileSystem;
  readonly flags: readonly string[];
  /** One pod alone may use it. */
  readonly single: boolean;
  /** It is only read. */
  readonly readOnly: boolean;
}

const mode = csi.VolumeCapability_AccessMode_Mode;
/** Memory of a node is reached from that node alone. */
const modes: ReadonlySet<number> = new Set([
  mode.SINGLE_NODE_WRITER,
  mode.SINGLE_NODE_READER_ONLY,
  mode.SINGLE_NODE_SINGLE_WRITER,
  mode.SINGLE_NODE_MULTI_WRITER,
]);

/** Used where a request names no file system. */
export const defaultFileSystem: FileSystem = 'ext4';

/** @throws HwError InvalidArgument without any, or with one that cannot be had */
export function accessesOf(capabilities: readonly csi.VolumeCapability[], field: string): Access[] {
  if (capabilities.length === 0) throw missing(field);
  return capabilities.map((capability) => accessOf(capability, field));
}

/** @throws HwError InvalidArgument naming what cannot be had */
export function accessOf(capability: csi.VolumeCapability | undefined, field: string): Access {
  if (capability?.accessType === undefined) throw missing(field);
  const { accessType, accessMode } = capability;
  const asked = accessMode?.mode ?? mode.UNKNOWN;
  if (!modes.has(asked))
    throw new HwError(
      'InvalidArgument',
      `${field}: access mode ${nameOf(asked)} is not possible: volumes are on one node`,
      {
        field,
        remedy: 'use ReadWriteOnce or ReadWriteOncePod',
      },
    );
  const common = {
    single: asked === mode.SINGLE_NODE_SINGLE_WRITER,
    readOnly: asked === mode.SINGLE_NODE_READER_ONLY,
  };
  if (accessType.$case === 'block') return { kind: 'block', flags: [], ...common };
  const { fsType, mountFlags } = accessType.mount;
  const fileSystem = fileSystemOf(fsType, field);
  return { kind: 'mount', flags: mountFlags, ...(fileSystem && { fileSystem }), ...common };
}

function fileSystemOf(fsType: string, field: string): FileSystem | undefined {
  if (fsType === '') return undefined;
  const known = fileSystems.find((one) => one === fsType);
  if (known !== undefined) return known;
  const shown = JSON.stringify(fsType.slice(0, 64));
  throw new HwError(
    'InvalidArgument',
    `${field}: file system ${shown} is not one of ${fileSystems.join(', ')}`,
    {
      field,
    },
  );
}

/** Below this mkfs.xfs refuses (xfsprogs 5.19 and later). */
const smallestXfs = 300n * 1024n * 1024n;
/** One with room for an image that has an xfs of its own, and for its log of 64 MiB. */
const smallestXfsWithImage = 400n * 1024n * 1024n;

/** @throws HwError OutOfRange if what a volume holds is too little for a file system it is to have */
export function requireRoomFor(
  accesses: readonly Access[],
  size: bigint,
  { kataContainers }: Pick<VolumeParameters, 'kataContainers'>,
): void {
  const smallest = kataContainers ? smallestXfsWithImage : smallestXfs;
  if (size >= smallest || accesses.every(({ fileSystem }) => fileSystem !== 'xfs')) return;
  const what = kataContainers ? 'xfs for kataContainers' : 'xfs';
  throw new HwError('OutOfRange', `${what} needs ${smallest} bytes, the volume would hold ${size}`, {
    field: 'capacity_range.required_bytes',
    remedy: `ask for more, at least ${smallest / 2n ** 20n}Mi, or for ext4`,
  });
}

function missing(field: string): HwError {
  return new HwError('InvalidArgument', `${field} is missing`, { field });
}

function nameOf(asked: number): string {
  return Object.entries(mode).find(([, value]) => value === asked)?.[0] ?? `${asked}`;
}
