import { HwError } from '@rackwright/core';
import { HostRoot, type Mount } from '@rackwright/host';
import { failed, type HostTools, type ToolCommand } from './host-tools.ts';

/** XFS counts and limits what folders hold where it is mounted with this option. */
export const projectQuotaOption = 'prjquota';

/** How much a folder of an XFS file system may hold, and what is in it later. */
export interface FolderQuota {
  readonly folder: string;
  /** Where its file system is mounted with project quotas. */
  readonly mountPoint: string;
  /** Number by which the file system counts what is in the folder. */
  readonly project: number;
  readonly bytes: bigint;
}

/** Use and limit of a project. */
interface ProjectLine {
  readonly used: number;
  /** 0 for none. */
  readonly limit: bigint;
}

const deadlineMs = 10_000;
const kibibyte = 1024n;

/** Whether limits of projects hold on this mount; the option without enforcement is shown under another name. */
export function hasProjectQuota({ fsType, superOptions }: Mount): boolean {
  return fsType === 'xfs' && superOptions.includes(projectQuotaOption);
}

/** Projects that something in the file system belongs to. @throws HwError of the tool */
export async function usedProjects(
  tools: HostTools,
  mountPoint: string,
  signal?: AbortSignal,
): Promise<Set<number>> {
  const lines = await report(tools, mountPoint, '-i', signal);
  return new Set([...lines].flatMap(([project, { used }]) => (used > 0 ? [project] : [])));
}

/**
 * Makes an empty folder a project with a limit, and looks whether it is one:
 * these tools end with 0 after some of their errors (xfsprogs 6.1, tried).
 *
 * @throws HwError FailedPrecondition if the folder has no such limit afterwards
 */
export async function limitFolder(
  tools: HostTools,
  { folder, mountPoint, project, bytes }: FolderQuota,
  signal?: AbortSignal,
): Promise<void> {
  const kib = bytes / kibibyte;
  // To XFS a limit of nothing is none.
  if (kib < 1n) throw new HwError('FailedPrecondition', `${folder} has no share that could be its quota`);
  await silently(tools, quotaCommand(mountPoint, `limit -p bhard=${kib}k ${project}`), signal);
  const words = ['-c', `chproj ${project}`, '-c', 'chattr +P', '-c', 'lsproj'];
  const said = await silently(tools, ['xfs_io', '-r', ...words, folder], signal);
  const found = (await report(tools, mountPoint, '-b', signal)).get(project);
  if (said.trim() !== `projid = ${project}` || found?.limit !== kib)
    throw new HwError('FailedPrecondition', `${folder} has no quota although it was given one`);
}

/** No file that names projects is asked: numbers are used alone. */
function quotaCommand(mountPoint: string, command: string): ToolCommand {
  const none = new HostRoot().dev('null');
  return ['xfs_quota', '-x', '-D', none, '-P', none, '-c', command, mountPoint];
}

async function silently(tools: HostTools, command: ToolCommand, signal?: AbortSignal): Promise<string> {
  const outcome = await tools.run(command, { deadlineMs, ...(signal && { signal }) });
  if (outcome.code !== 0 || outcome.stderr.trim() !== '') throw failed(command, outcome);
  return outcome.stdout;
}

async function report(
  tools: HostTools,
  mountPoint: string,
  what: '-b' | '-i',
  signal?: AbortSignal,
): Promise<Map<number, ProjectLine>> {
  const text = await silently(tools, quotaCommand(mountPoint, `report -p ${what} -n -N`), signal);
  const lines = parseProjects(text);
  // The project of everything else is always there.
  if (lines.has(0)) return lines;
  throw new HwError('FailedPrecondition', `xfs_quota knows of no project quotas at ${mountPoint}`);
}

/** Lines of `report -n -N`: number, use, soft and hard limit, warnings. Others are passed over. */
export function parseProjects(text: string): Map<number, ProjectLine> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, project, used, limit] = /^#(\d+)\s+(\d+)\s+\d+\s+(\d+)\s/.exec(line) ?? [];
      if (project === undefined || used === undefined || limit === undefined) return [];
      return [[Number(project), { used: Number(used), limit: BigInt(limit) }] as const];
    }),
  );
}
