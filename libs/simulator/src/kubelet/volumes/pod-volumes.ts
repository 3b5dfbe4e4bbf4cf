import { chmod, realpath, rm, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { makeFolder } from '@rackwright/host';
import { expand } from '../env/expand.ts';
import type { Volume, VolumeMount } from '../pod-model.ts';
import type { SandboxMount } from '../runtime/sandbox-root.ts';
import { writePayload } from './atomic-folder.ts';
import { type ClaimReader, claimSource } from './claim.ts';
import { hostPathSource } from './host-path.ts';
import { type PayloadInput, volumePayload } from './payload.ts';

/** A volume that could not be mounted. */
export interface VolumeFailure {
  readonly volume: string;
  readonly error: unknown;
}

/** A mounted volume. */
export interface MountedVolume {
  /** Real path of its content. */
  readonly path: string;
  /** Whether containers may write into it, so that mount points can be made there. */
  readonly scratch: boolean;
}

/** The volumes of one pod, below a folder of its own. */
export class PodVolumes {
  readonly #claims: ClaimReader;
  readonly #folder: string;
  readonly #host: HostRoot;
  readonly #mounted = new Map<string, MountedVolume>();

  /** @param claims reads the claims of the pod */
  constructor(folder: string, host: HostRoot, claims: ClaimReader) {
    this.#claims = claims;
    this.#folder = folder;
    this.#host = host;
  }

  /** Mounts what is not mounted yet and brings projected content up to date; returns what failed. */
  async refresh(input: PayloadInput): Promise<readonly VolumeFailure[]> {
    const failures: VolumeFailure[] = [];
    for (const volume of input.pod.spec.volumes ?? []) {
      try {
        const mounted = await this.#mount(input, volume);
        if (mounted !== undefined) this.#mounted.set(volume.name, mounted);
      } catch (error) {
        failures.push({ volume: volume.name, error });
      }
    }
    return failures;
  }

  /** Whether a volume has been mounted. */
  has(volume: string): boolean {
    return this.#mounted.has(volume);
  }

  /** What a container's `volumeMounts` put where. */
  async mounts(
    volumeMounts: readonly VolumeMount[],
    env: Readonly<Record<string, string>>,
  ): Promise<SandboxMount[]> {
    const result: SandboxMount[] = [];
    for (const mount of volumeMounts) {
      const volume = this.#mounted.get(mount.name);
      if (volume === undefined)
        throw new HwError('FailedPrecondition', `volume ${mount.name} is not mounted`);
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

  /** Removes everything, the content of emptyDirs too. */
  async remove(): Promise<void> {
    this.#mounted.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #mount(input: PayloadInput, volume: Volume): Promise<MountedVolume | undefined> {
    const known = this.#mounted.get(volume.name);
    if (volume.hostPath) {
      return known ?? { path: await hostPathSource(this.#host, volume.hostPath), scratch: false };
    }
    const claim = volume.persistentVolumeClaim;
    if (claim) {
      const key = { namespace: input.pod.metadata?.namespace ?? '', name: claim.claimName };
      return known ?? { path: await claimSource(this.#claims, this.#host, key), scratch: false };
    }
    const folder = join(this.#folder, volume.name);
    if (volume.emptyDir) return known ?? { path: await emptyFolder(folder), scratch: true };
    const payload = await volumePayload(input, volume);
    if (payload === undefined) {
      throw new HwError('Unsupported', `the kubelet double does not mount volumes like ${volume.name}`);
    }
    await writePayload(folder, payload);
    return known ?? { path: await realpath(folder), scratch: false };
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
