import { request } from 'node:http';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import {
  type ContainerStorage,
  containerStorage,
  Daemon,
  orphanedFolders,
  storageEnv,
  waitUntil,
} from '@rackwright/testbed';
import type { ContainerEngine, EngineOptions } from './engine.ts';
import { runCommand } from './run-command.ts';

/** Start of the names of its storages. */
const prefix = 'rwpod-';

/** podman's service on a socket of its own, with a storage of its own. */
export async function openPodman(options: EngineOptions, version: string): Promise<ContainerEngine> {
  const { env, runner } = options;
  await removeContainersOfOrphans(options);
  const storage = await containerStorage(prefix, env, runner);
  try {
    const socket = join(storage.folder, 'podman.sock');
    const service = await startService(storage, socket, options);
    const podman = (...words: string[]): Promise<string> =>
      runCommand(['podman', ...words], { ...options, env: storage.env });
    return {
      name: `podman ${version}`,
      host: `unix://${socket}`,
      load: async (archive) => void (await podman('load', '--quiet', '--input', archive)),
      async [Symbol.asyncDispose]() {
        await removeContainers(storage.env, runner);
        await service.stop();
        await storage[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await storage[Symbol.asyncDispose]();
    throw error;
  }
}

/** Containers outlive a podman that is killed; their storage goes with the next one's start. */
async function removeContainersOfOrphans({ env, runner }: EngineOptions): Promise<void> {
  for (const folder of await orphanedFolders(prefix)) await removeContainers(storageEnv(folder, env), runner);
}

/** Removes every container of a storage. What podman says does not matter: the storage goes too. */
async function removeContainers(env: ContainerStorage['env'], runner: ProcessRunner): Promise<void> {
  await runner.run(['podman', 'rm', '--all', '--force', '--time', '0'], { env, deadlineMs: 60_000 });
}

async function startService(
  storage: ContainerStorage,
  socket: string,
  { clock, signal }: EngineOptions,
): Promise<Daemon> {
  const service = await Daemon.start(
    {
      name: 'podman',
      program: 'podman',
      args: ['system', 'service', '--time=0', `unix://${socket}`],
      log: join(storage.folder, 'podman.log'),
      env: storage.env,
    },
    clock,
  );
  try {
    await waitUntil(
      'podman to answer on its socket',
      async () => service.exit !== undefined || (await answers(socket)),
      { clock, signal, deadlineMs: 30_000 },
    );
    if (service.exit !== undefined) throw await service.failure('podman did not start');
    return service;
  } catch (error) {
    await service.stop();
    throw error;
  }
}

function answers(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const ping = request({ socketPath, path: '/_ping' }, (response) => {
    response.resume();
    resolve(response.statusCode === 200);
  });
  ping.on('error', () => resolve(false));
  ping.end();
  return promise;
}
