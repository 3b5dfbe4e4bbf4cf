import type { HostTools, ToolCommand } from './host-tools.ts';

/** File systems that are made. */
export const fileSystemTypes = ['xfs', 'ext4'] as const;
export type FileSystemType = (typeof fileSystemTypes)[number];

/** A file system to be made. */
export interface FileSystemSpec {
  readonly device: string;
  readonly type: FileSystemType;
  /** Chosen before, so that what is found later can be told from another's. */
  readonly uuid: string;
  /** How the volume below is striped; left out for one disk. */
  readonly geometry?: { readonly stripes: number; readonly stripeKiB: number };
  /** Whether one that is there already may be replaced; default no. */
  readonly replace?: boolean;
}

const deadlineMs = 300_000;
/** What ext4 is made with here. */
const ext4BlockKiB = 4;

/**
 * Makes a file system.
 *
 * @throws HwError FailedPrecondition if the tool refuses, as it does where something is there that may not be replaced
 */
export async function makeFileSystem(
  tools: HostTools,
  spec: FileSystemSpec,
  signal?: AbortSignal,
): Promise<void> {
  await tools.expect(mkfsCommand(spec), { deadlineMs, ...(signal && { signal }) });
}

/** The command line of mkfs. XFS is always made in its fifth version, the only one newer kernels mount. */
export function mkfsCommand({ device, type, uuid, geometry, replace = false }: FileSystemSpec): ToolCommand {
  if (type === 'xfs') {
    const data = geometry === undefined ? [] : ['-d', `su=${geometry.stripeKiB}k,sw=${geometry.stripes}`];
    return ['mkfs.xfs', ...(replace ? ['-f'] : []), '-m', `crc=1,uuid=${uuid}`, ...data, device];
  }
  const extended =
    geometry === undefined
      ? []
      : [
          '-E',
          `stride=${geometry.stripeKiB / ext4BlockKiB},stripe_width=${(geometry.stripeKiB / ext4BlockKiB) * geometry.stripes}`,
        ];
  return [
    'mkfs.ext4',
    '-q',
    ...(replace ? ['-F'] : []),
    '-b',
    `${ext4BlockKiB * 1024}`,
    '-U',
    uuid,
    ...extended,
    device,
  ];
}
