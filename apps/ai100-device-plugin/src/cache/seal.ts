import { readFile, stat } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import { type HostRoot, writeFileDurable } from '@rackwright/host';
import { deviceNumber, type HostTools } from '@rackwright/storage';
import { fileSystemUuid } from './names.ts';

/** Name of the file, in the top folder of a file system, that says which volume it was made for. */
const sealName = '.ai100-volume.json';

/** A file system that is mounted on the host where nobody uses it. */
export interface Staged {
  readonly path: string;
  /** `major:minor` of its volume. */
  readonly device: string;
  readonly lvUuid: string;
}

/** The ways to the host. */
interface HostWays {
  readonly tools: HostTools;
  readonly host: HostRoot;
}

/**
 * Seals a file system: written and synced, with its folder, once the file system is complete.
 *
 * @throws HwError FailedPrecondition if what the host mounted is not seen here
 */
export async function writeSeal(staged: Staged, ways: HostWays): Promise<void> {
  const folder = await seenFolder(staged, ways);
  await writeFileDurable(`${folder}/${sealName}`, sealOf(staged.lvUuid), { mode: 0o600 });
}

/** Whether a file system bears the seal of this volume. @throws as `writeSeal` */
export async function hasSeal(staged: Staged, ways: HostWays): Promise<boolean> {
  const folder = await seenFolder(staged, ways);
  const text = await readFile(`${folder}/${sealName}`, 'utf8').catch(() => '');
  return text === sealOf(staged.lvUuid);
}

/** The folder of the mount, and not the one below it: mounts of the host may not reach this process. */
async function seenFolder({ path, device }: Staged, { tools, host }: HostWays): Promise<string> {
  const folder = host.path(path);
  const isSimulated = tools.entry === 'tree' && tools.root.prefix !== '/';
  if (isSimulated) return folder;
  const { dev } = await stat(folder, { bigint: true });
  if (deviceNumber(dev) !== device)
    throw new HwError('FailedPrecondition', `what the host mounted at ${path} is not seen by the agent`, {
      remedy: "give the agent's view of the host the mount propagation HostToContainer",
    });
  return folder;
}

function sealOf(lvUuid: string): string {
  return `${JSON.stringify({ schemaVersion: 1, lvUuid, fsUuid: fileSystemUuid(lvUuid) })}\n`;
}
