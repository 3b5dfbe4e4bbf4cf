import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostRoot } from '@rackwright/host';

/** Distances as firmware tells them (ACPI SLIT): 10 to itself, more to others. */
const near = 10;
const far = 20;

/**
 * Writes what /sys/devices/system/node says of `count` NUMA nodes over which the
 * machine's own processors are spread in blocks (Linux
 * Documentation/ABI/stable/sysfs-devices-node). Memory is said to be in the first.
 */
export async function writeNumaTree(folder: string, count: number): Promise<void> {
  const root = new HostRoot();
  const names = await readdir(root.path(root.sys('devices', 'system', 'cpu')));
  const cpus = names.filter((name) => /^cpu\d+$/.test(name)).sort((a, b) => numberOf(a) - numberOf(b));
  const total = /^MemTotal:\s+(\d+) kB$/m.exec(await readFile(root.path(root.proc('meminfo')), 'utf8'))?.[1];
  const block = Math.ceil(cpus.length / count);
  for (let node = 0; node < count; node++) {
    const own = cpus.slice(node * block, (node + 1) * block);
    const path = join(folder, `node${node}`);
    await mkdir(join(path, 'hugepages'), { recursive: true });
    const file = (name: string, text: string): Promise<void> => writeFile(join(path, name), `${text}\n`);
    await file('meminfo', `Node ${node} MemTotal:       ${node === 0 ? total : 0} kB`);
    await file('cpulist', own.map(numberOf).join(','));
    const distances = Array.from({ length: count }, (_, other) => (other === node ? near : far));
    await file('distance', distances.join(' '));
    for (const cpu of own) await symlink(`../../cpu/${cpu}`, join(path, cpu));
  }
  for (const name of ['online', 'possible']) {
    await writeFile(join(folder, name), count === 1 ? '0\n' : `0-${count - 1}\n`);
  }
}

function numberOf(name: string): number {
  return Number(name.slice('cpu'.length));
}
