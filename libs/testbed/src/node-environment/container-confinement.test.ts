import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { readContainerConfinement } from './container-confinement.ts';

const status = (uid: number, capabilities: string, noNewPrivileges: number): string =>
  `Name:\tnode\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapEff:\t${capabilities}\nNoNewPrivs:\t${noNewPrivileges}\n`;
const mounts = (how: 'ro' | 'rw'): string =>
  `90 80 0:40 / / ${how},relatime - overlay overlay rw\n91 90 0:41 / /proc rw - proc proc rw\n`;

const confined = { status: status(65_532, '0000000000000000', 1), mountinfo: mounts('ro') };
const free = { status: status(0, '000001ffffffffff', 0), mountinfo: mounts('rw') };
const pod = '12:memory:/kubepods/pod1/c0ffee\n0::/\n';

/** A host with these processes: files of each by its number. */
async function host(
  path: string,
  processes: Readonly<Record<number, Readonly<Record<string, string>>>>,
): Promise<HostRoot> {
  for (const [pid, files] of Object.entries(processes)) {
    const folder = join(path, 'proc', pid);
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  }
  return new HostRoot(path);
}

test('what the first process of a container may do is told, and nothing of others', async () => {
  await using folder = await temporaryFolder('rwconf-');
  const root = await host(folder.path, {
    9: { cgroup: '0::/kubepods/pod1/c0ffee0\n', ...free },
    80: { cgroup: pod, ...confined },
    200: { cgroup: pod, ...free },
  });
  expect(await readContainerConfinement('c0ffee', root)).toEqual({
    ...{ uid: 65_532, capabilities: '0000000000000000', noNewPrivileges: true, readOnlyRoot: true },
  });
  expect(await readContainerConfinement('c0ffee0', root)).toEqual({
    ...{ uid: 0, capabilities: '000001ffffffffff', noNewPrivileges: false, readOnlyRoot: false },
  });
});

test('without a process, or a fact of it, there is no answer', async () => {
  await using folder = await temporaryFolder('rwconf-');
  const root = await host(folder.path, { 80: { cgroup: pod, ...confined, status: 'Name:\tnode\n' } });
  await expect(readContainerConfinement('c0ffee', root)).rejects.toThrow('process 80 does not tell Uid');
  await expect(readContainerConfinement('decaf', root)).rejects.toThrow('no process is in');
});
