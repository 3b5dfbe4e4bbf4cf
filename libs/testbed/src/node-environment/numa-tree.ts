import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostRoot } from '@rackwright/host';

/** Distances as firmware tells them (ACPI SLIT): 10 to itself, more to others. */
const near = 10;
const far = 20;

/** As many processors as a simulated node has: pods that ask for whole ones find room on any machine. */
const leastProcessors = 16;

/** The file of the tree that stands for /sys/devices/system/cpu/online. */
export const onlineProcessors = 'cpu-online';

/**
 * Writes what /sys/devices/system/node says of `count` NUMA nodes over which
 * processors are spread in blocks (Linux Documentation/ABI/stable/sysfs-devices-node).
 * Memory is said to be in the first. Where the machine has few processors the others are
 * each one of these once more.
 */
export async function writeNumaTree(folder: string, count: number): Promise<void> {
  const root = new HostRoot();
  const names = await readdir(root.path(root.sys('devices', 'system', 'cpu')));
  const present = names.filter((name) => /^cpu\d+$/.test(name)).length;
  const processors = Math.max(present, leastProcessors);
  const cpus = Array.from({ length: processors }, (_, i) => i);
  const total = /^MemTotal:\s+(\d+) kB$/m.exec(await readFile(root.path(root.proc('meminfo')), 'utf8'))?.[1];
  const block = Math.ceil(cpus.length / count);
  for (let node = 0; node < count; node++) {
    const own = cpus.slice(node * block, (node + 1) * block);
    const path = join(folder, `node${node}`);
    await mkdir(join(path, 'hugepages'), { recursive: true });
    const file = (name: string, text: string): Promise<void> => writeFile(join(path, name), `${text}\n`);
    await file('meminfo', `Node ${node} MemTotal:       ${node === 0 ? total : 0} kB`);
    await file('cpulist', own.join(','));
    const distances = Array.from({ length: count }, (_, other) => (other === node ? near : far));
    await file('distance', distances.join(' '));
    for (const cpu of own) await symlink(`../../cpu/cpu${cpu % present}`, join(path, `cpu${cpu}`));
  }
  await writeFile(join(folder, onlineProcessors), `0-${processors - 1}\n`);
  for (const name of ['online', 'possible']) {
    await writeFile(join(folder, name), count === 1 ? '0\n' : `0-${count - 1}\n`);
  }
}
