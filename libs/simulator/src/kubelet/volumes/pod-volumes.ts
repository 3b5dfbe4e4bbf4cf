import { chmod, realpath, rm, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { makeFolder } from '@rackwright/host';
import type { PersistentVolumeClaim } from '@rackwright/kube';
import { expand } from '../env/expand.ts';
import { allContainers, type Container, type Pod, type Volume } from '../pod-model.ts';
import type { SandboxMount } from '../runtime/sandbox-root.ts';
import { writePayload } from './atomic-folder.ts';
import { boundClaim, ClaimError, type ClaimReader, folderSource } from './claim.ts';
import { inlineVolumeOf, persistentVolumeOf } from './csi/csi-volume-of.ts';
import type { CsiVolumes } from './csi/csi-volumes.ts';
import { hostPathSource } from './host-path.ts';
import { type PayloadInput, volumePayload } from './payload.ts';

/** A volume that could not be mounted. */
export interface VolumeFailure {
  readonly volume: string;
  readonly error: unknown;
}

/** A volume that has grown, or with the error one that could not. */
export interface VolumeExpansion {
  readonly volume: string;
  readonly claim?: PersistentVolumeClaim;
  readonly error?: unknown;
}

/** A mounted volume. */
export interface MountedVolume {
  /** Real path of its content. */
  readonly path: string;
  /** Whether containers may write into it, so that mount points can be made there. */
  readonly scratch: boolean;
}

export interface PodVolumesOptions {
  readonly uid: string;
  /** Folder of the pod's volumes on this machine. */
  readonly folder: string;
  readonly host: HostRoot;
  /** Reads the claims of the pod. */
  readonly claims: ClaimReader;
  /** Mounts what drivers serve. */
  readonly csi: Pick<CsiVolumes, 'mount' | 'expand' | 'unmountPod'>;
}

/** The volumes of one pod, below a folder of its own. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;
  readonly #folder: string;
  readonly #host: HostRoot;
  readonly #mounted = new Map<string, MountedVolume>();
  /** Those of drivers that have a claim. */
  readonly #claimed = new Set<string>();

  constructor(options: PodVolumesOptions) {
    this.#options = options;
    this.#folder = options.folder;
    this.#host = options.host;
  }

  /** Mounts what is not mounted yet and brings projected content up to date; returns what failed. */
  async refresh(input: PayloadInput, signal: AbortSignal): Promise<readonly VolumeFailure[]> {
    const failures: VolumeFailure[] = [];
    for (const volume of input.pod.spec.volumes ?? []) {
      signal.throwIfAborted();
      try {
        this.#mounted.set(volume.name, await this.#mount(input, volume, signal));
      } catch (error) {
        failures.push({ volume: volume.name, error });
      }
    }
    return failures;
  }

  /**
   * Grows mounted volumes whose claims ask the node to.
   *
   * @param now milliseconds since the epoch
   * @returns what came of it, by name of the volume
   */
  async expand(pod: Pod, now: number, signal: AbortSignal): Promise<readonly VolumeExpansion[]> {
    const { claims, csi } = this.#options;
    const results: VolumeExpansion[] = [];
    for (const name of this.#claimed) {
      const source = pod.spec.volumes?.find((one) => one.name === name);
      if (source === undefined) continue;
      try {
        const { claim, volume: object } = await boundClaim(claims, pod, source);
        const volume = persistentVolumeOf(object, source.persistentVolumeClaim?.readOnly);
        if (volume === undefined || volume.readOnly) continue;
        const hasGrown = await csi.expand({ pod, volume, claim, now, signal });
        if (hasGrown) results.push({ volume: volume.name, claim });
      } catch (error) {
        if (signal.aborted) throw error;
        results.push({ volume: name, error });
      }
    }
    return results;
  }

  /** Whether claims have to be read before all volumes can be mounted. */
  awaitsClaims({ spec }: Pod): boolean {
    return (spec.volumes ?? []).some(
      ({ name, persistentVolumeClaim, ephemeral }) =>
        (persistentVolumeClaim ?? ephemeral) !== undefined && !this.has(name),
    );
  }

  /** Whether a volume has been mounted. */
  has(volume: string): boolean {
    return this.#mounted.has(volume);
  }

  /** What a container's `volumeMounts` and `volumeDevices` put where. */
  async mounts(
    { volumeMounts = [], volumeDevices = [] }: Pick<Container, 'volumeMounts' | 'volumeDevices'>,
    env: Readonly<Record<string, string>>,
  ): Promise<SandboxMount[]> {
    const result: SandboxMount[] = volumeDevices.map(({ name, devicePath }) => ({
      containerPath: normalize(join('/', devicePath)),
      source: this.#find(name).path,
    }));
    for (const mount of volumeMounts) {
      const volume = this.#find(mount.name);
      const subPath = mount.subPathExpr
        ? expand(mount.subPathExpr, (name) => env[name])
        : (mount.subPath ?? '');
      result.push({
        containerPath: normalize(join('/', mount.mountPath)),
        source: subPath === '' ? volume.path : await subPathSource(volume, subPath),
        holdsMounts: volume.scratch,
      });
    }
    return result;
  }

  /**
   * Unmounts what drivers serve, then removes the rest, the content of emptyDirs too.
   *
   * @throws what a driver answers; to be done again then
   */
  async remove(signal: AbortSignal): Promise<void> {
    this.#mounted.clear();
    this.#claimed.clear();
    await this.#options.csi.unmountPod(this.#options.uid, signal);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #find(name: string): MountedVolume {
    const volume = this.#mounted.get(name);
    if (volume !== undefined) return volume;
    throw new HwError('FailedPrecondition', `volume ${name} is not mounted`);
  }

  async #mount(input: PayloadInput, volume: Volume, signal: AbortSignal): Promise<MountedVolume> {
    const known = this.#mounted.get(volume.name);
    if (volume.hostPath) {
      return known ?? { path: await hostPathSource(this.#host, volume.hostPath), scratch: false };
    }
    if (volume.persistentVolumeClaim ?? volume.ephemeral) {
      return known ?? { path: await this.#mountClaimed(input.pod, volume, signal), scratch: false };
    }
    if (volume.csi) {
      const inline = inlineVolumeOf(input.pod, volume.name, volume.csi);
      return known ?? { path: await this.#options.csi.mount(input.pod, inline, signal), scratch: false };
    }
    const folder = join(this.#folder, volume.name);
    if (volume.emptyDir)
      return known ?? { path: await emptyFolder(this.#short(input.pod, volume)), scratch: true };
    const payload = await volumePayload(input, volume);
    if (payload === undefined) {
      throw new HwError('Unsupported', `the kubelet double does not mount volumes like ${volume.name}`);
    }
    await writePayload(folder, payload);
    return known ?? { path: await realpath(folder), scratch: false };
  }

  /** Of a folder with sockets in it, whose paths may have 107 bytes at most; no volume is called so. */
  #short({ spec: { volumes = [] } }: Pod, { name }: Volume): string {
    return join(this.#folder, `~${volumes.findIndex((one) => one.name === name)}`);
  }

  async #mountClaimed(pod: Pod, source: Volume, signal: AbortSignal): Promise<string> {
    const { claims, csi } = this.#options;
    const { volume } = await boundClaim(claims, pod, source);
    const served = persistentVolumeOf(volume, source.persistentVolumeClaim?.readOnly);
    if (served === undefined) return folderSource(this.#host, volume);
    checkMode(pod, source.name, served.block);
    const path = await csi.mount(pod, served, signal);
    this.#claimed.add(source.name);
    return path;
  }
}

/** A raw block volume is no folder, and the other way round. */
function checkMode(pod: Pod, volume: string, block: boolean): void {
  for (const { volumeMounts = [], volumeDevices = [] } of allContainers(pod.spec)) {
    const uses = block ? volumeMounts : volumeDevices;
    if (!uses.some(({ name }) => name === volume)) continue;
    const [wanted, mode] = block ? ['volumeMounts', 'Block'] : ['volumeDevices', 'Filesystem'];
    throw new ClaimError(`volume ${volume} has volumeMode ${mode}, but is specified in ${wanted}`);
  }
}

async function emptyFolder(folder: string): Promise<string> {
  await makeFolder(folder);
  await chmod(folder, 0o777);
  return realpath(folder);
}

/** A path inside a volume, with its links followed; made as a folder when it is missing. */
async function subPathSource(volume: MountedVolume, subPath: string): Promise<string> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw new HwError('InvalidArgument', `${subPath} leaves the volume`, { field: 'subPath' });
  }
  const path = join(volume.path, subPath);
  if ((await stat(path).catch(() => undefined)) === undefined) await makeFolder(path);
  return realpath(path);
}
