import { errorMessage } from '@rackwright/core';
import { type MappedVolume, type NvmeController, scanMappedVolumes } from '@rackwright/hardware-nvme';
import type { HostReader, Mount } from '@rackwright/host';
import { type FileSystemUseReader, hostMounts, isReadOnly, mountAt } from '@rackwright/storage';
import type { CacheReading } from './collection.ts';
import type { ErrorLog } from './error-log.ts';

export interface HostCachesOptions {
  readonly files: HostReader;
  /** Where the cache should be mounted. */
  readonly mountPath: string;
  readonly uses: FileSystemUseReader;
  readonly errors: ErrorLog;
}

/**
 * The caches on drives as the host shows them, where no device plugin tells: the active
 * volumes on any of the drives, and what is mounted of them.
 */
export async function hostCaches(
  options: HostCachesOptions,
  drives: readonly NvmeController[],
  signal: AbortSignal,
): Promise<CacheReading[]> {
  const { files, errors } = options;
  const live = new Set(
    drives.flatMap(({ state, namespaces }) => (state === 'live' ? namespaces.map(({ name }) => name) : [])),
  );
  const names = new Set(drives.flatMap(({ namespaces }) => namespaces.map(({ name }) => name)));
  const volumes = scanMappedVolumes(files).filter(({ slaves }) => slaves.some((slave) => names.has(slave)));
  if (volumes.length === 0) return [];
  let mounts: readonly Mount[] = [];
  try {
    mounts = hostMounts(files);
  } catch (error) {
    errors.note('', 'mount', errorMessage(error));
  }
  return await Promise.all(
    volumes.map(async (volume, i): Promise<CacheReading> => {
      const mount = await mountOf(options, { volume, mounts, isFirst: i === 0 }, signal);
      return { ...volumeReading(volume, live, files), ...(mount !== undefined && { mount }) };
    }),
  );
}

function volumeReading(
  { vg, lv, uuid, sizeBytes, suspended, slaves }: MappedVolume,
  live: ReadonlySet<string>,
  { root }: HostReader,
): CacheReading {
  return {
    vg: { name: vg },
    lv: {
      ...{ name: lv, uuid, sizeBytes: `${sizeBytes}`, stripes: slaves.length },
      healthy: !suspended && slaves.every((slave) => live.has(slave)),
      devices: slaves.map((slave) => root.dev(slave)),
    },
  };
}

interface Mounted {
  readonly volume: MappedVolume;
  readonly mounts: readonly Mount[];
  readonly isFirst: boolean;
}

/** Where the volume is mounted; for the first one, else what is mounted in its place. */
async function mountOf(
  options: HostCachesOptions,
  { volume, mounts, isFirst }: Mounted,
  signal: AbortSignal,
): Promise<CacheReading['mount']> {
  const own = mounts.filter(({ device }) => device === volume.device);
  const found =
    mountAt(own, options.mountPath) ?? own[0] ?? (isFirst ? mountAt(mounts, options.mountPath) : undefined);
  if (found === undefined) return undefined;
  const { mountPoint: path, source, fsType, options: words, device } = found;
  const identityOk = device === volume.device;
  return {
    ...{ path, source, fsType, options: words, identityOk },
    readOnly: isReadOnly(found),
    ...(identityOk && (await useOf(options, found, signal))),
  };
}

/** Through the mount namespace of the host's first process: what is mounted later is there, too. */
async function useOf(
  { files, uses, errors }: HostCachesOptions,
  { mountPoint, device }: Mount,
  signal: AbortSignal,
): Promise<object> {
  const seen = files.root.proc('1', 'root');
  if (!files.exists(files.root.proc('1')) || files.readLink(seen) === undefined) return {};
  try {
    const use = await uses.read(files.root.path(`${seen}${mountPoint}`), device, signal);
    errors.note('', 'mount', undefined);
    return use;
  } catch (error) {
    if (!signal.aborted) errors.note('', 'mount', errorMessage(error));
    return {};
  }
}
