import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostRoot, type ProcessRunner, parseMountinfo } from '@rackwright/host';
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
  await writeFile(within('storage.conf'), storageConf(folder));
  await writeFile(within('registries.conf'), 'unqualified-search-registries = ["docker.io"]\n');
  const present = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    folder,
    env: {
      ...Object.fromEntries(present),
      CONTAINERS_CONF: within('containers.conf'),
      CONTAINERS_STORAGE_CONF: within('storage.conf'),
      CONTAINERS_REGISTRIES_CONF: within('registries.conf'),
      TMPDIR: within('tmp'),
    },
    async [Symbol.asyncDispose]() {
      await unmountBelow(folder, runner);
      await temporary[Symbol.asyncDispose]();
    },
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

function storageConf(folder: string): string {
  return [
    '[storage]',
    'driver = "overlay"',
    `runroot = "${folder}/run"`,
    `graphroot = "${folder}/images"`,
    // Without it the storage is bound onto itself and stays mounted.
    '[storage.options]',
    'skip_mount_home = "true"',
    '',
  ].join('\n');
}

/** What was stopped may leave file systems mounted; the innermost goes first. */
async function unmountBelow(folder: string, runner: ProcessRunner): Promise<void> {
  const root = new HostRoot();
  const mountinfo = await readFile(root.path(root.proc('self', 'mountinfo')), 'utf8');
  const mounts = parseMountinfo(mountinfo).filter(({ mountPoint }) => mountPoint.startsWith(`${folder}/`));
  for (const { mountPoint } of mounts.reverse()) await runner.run(['umount', '-l', mountPoint]);
}
