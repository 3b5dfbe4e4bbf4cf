import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import { unmountBelow } from '../process/mounts.ts';
import { temporaryFolder } from '../process/temporary-folder.ts';

/** A place of its own for podman's or buildah's images, gone when it is disposed. */
export interface ContainerStorage extends AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes a storage and the configuration that sends podman and buildah there, so
 * that the user's own images and settings are neither read nor changed. It asks
 * for nothing a machine without CAP_SYS_RESOURCE or systemd would refuse.
 *
 * @param prefix start of the folder's name, the same for every storage of one kind
 */
export async function containerStorage(
  prefix: string,
  env: NodeJS.ProcessEnv,
  runner: ProcessRunner,
): Promise<ContainerStorage> {
  const temporary = await temporaryFolder(prefix);
  const folder = temporary.path;
  const within = (name: string): string => join(folder, name);
  await mkdir(within('tmp'));
  await writeFile(within('containers.conf'), containersConf(folder));
  await writeFile(within('storage.conf'), storageConf(folder, (await statfs(folder)).type));
  await writeFile(within('registries.conf'), 'unqualified-search-registries = ["docker.io"]\n');
  return {
    folder,
    env: storageEnv(folder, env),
    async [Symbol.asyncDispose]() {
      await unmountBelow(folder, runner);
      await temporary[Symbol.asyncDispose]();
    },
  };
}

/** The environment that sends podman and buildah to the storage in `folder`. */
export function storageEnv(folder: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(present),
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
    TMPDIR: join(folder, 'tmp'),
  };
}

function containersConf(folder: string): string {
  return [
    '[containers]',
    'default_ulimits = []',
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    // The other kind is one block of memory for every storage of the machine.
    'lock_type = "file"',
    'runtime = "runc"',
    `tmp_dir = "${folder}/libpod"`,
    '',
  ].join('\n');
}

/** The mark of overlayfs, which carries no other overlay: as in a container, whose root it is. */
const overlayfs = 0x794c7630;

function storageConf(folder: string, fileSystem: number): string {
  const overlay = fileSystem !== overlayfs;
  return [
    '[storage]',
    `driver = "${overlay ? 'overlay' : 'vfs'}"`,
    `runroot = "${folder}/run"`,
    `graphroot = "${folder}/images"`,
    // Without it the storage is bound onto itself and stays mounted; vfs, which does not, refuses the word.
    ...(overlay ? ['[storage.options]', 'skip_mount_home = "true"'] : []),
    '',
  ].join('\n');
}
