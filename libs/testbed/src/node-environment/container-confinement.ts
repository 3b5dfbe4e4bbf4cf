import { readdir, readFile } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import { HostRoot, parseMountinfo } from '@rackwright/host';

/** What the kernel lets the first process of a container do, whatever its pod asks for. */
export interface ContainerConfinement {
  /** Effective user. */
  readonly uid: number;
  /** Effective capabilities, hexadecimal as in proc_pid_status(5); all zeros are none. */
  readonly capabilities: string;
  /** Programs it starts get no rights that it has not. */
  readonly noNewPrivileges: boolean;
  readonly readOnlyRoot: boolean;
}

/**
 * Reads what the kernel says of the first process of container `id`, which is the
 * one with the lowest number in the container's control group.
 *
 * @throws HwError NotFound if no process is in it, or a fact is missing
 */
export async function readContainerConfinement(
  id: string,
  root = new HostRoot(),
): Promise<ContainerConfinement> {
  const pid = await firstProcess(id, root);
  const read = (file: string): Promise<string> => readFile(root.path(root.proc(pid, file)), 'utf8');
  const status = await read('status');
  const fact = (name: string, pattern: string): string => {
    const found = new RegExp(`^${name}:\\s+${pattern}`, 'm').exec(status)?.[1];
    if (found === undefined) throw new HwError('NotFound', `process ${pid} does not tell ${name}`);
    return found;
  };
  const top = parseMountinfo(await read('mountinfo')).findLast(({ mountPoint }) => mountPoint === '/');
  return {
    uid: Number(fact('Uid', '\\d+\\s+(\\d+)')),
    capabilities: fact('CapEff', '([0-9a-f]+)'),
    noNewPrivileges: fact('NoNewPrivs', '(\\d)') === '1',
    readOnlyRoot: top?.options.includes('ro') === true,
  };
}

async function firstProcess(id: string, root: HostRoot): Promise<string> {
  const pids = (await readdir(root.path(root.proc()))).filter((name) => /^\d+$/.test(name));
  for (const pid of pids.sort((a, b) => Number(a) - Number(b))) {
    const groups = await readFile(root.path(root.proc(pid, 'cgroup')), 'utf8').catch(() => '');
    if (groups.split('\n').some((line) => line.endsWith(`/${id}`))) return pid;
  }
  throw new HwError('NotFound', `no process is in the control group of container ${id}`);
}
