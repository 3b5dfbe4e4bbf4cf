import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type CpioEntry, packCpio } from './cpio.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { loadOrder, parseModuleIndex } from './modules.ts';

/** What is loaded before the root is there. */
const bootModules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console'];

/** Where the guest sees the folder it shares with this process. */
export const sharedFolder = '/shared';

/** Tags of the file systems that the host passes on. */
export const mountTags = { root: 'root', shared: 'shared' } as const;

/**
 * The initial ramdisk: BusyBox, what it takes to mount the host's files, and a
 * script that makes them the guest's root, below a layer in memory that takes
 * every change.
 */
export async function makeInitrd(kernel: GuestKernel, busybox: string, next: string): Promise<Buffer> {
  const read = (name: string): Promise<string> => readFile(join(kernel.modules, name), 'utf8');
  const index = parseModuleIndex(await read('modules.dep'), await read('modules.builtin'));
  const order = loadOrder(index, bootModules);
  const modules = await Promise.all(
    order.map(async (path, i): Promise<CpioEntry> => {
      const content = await readFile(join(kernel.modules, path));
      return { path: `modules/${String(i).padStart(2, '0')}.ko`, content };
    }),
  );
  const folders = ['bin', 'dev', 'proc', 'sys', 'modules', 'host', 'layer', 'root'];
  const archive = packCpio([
    ...folders.map((path) => ({ path })),
    { path: 'bin/busybox', content: await readFile(busybox) },
    { path: 'init', content: Buffer.from(bootScript(next)) },
    ...modules,
  ]);
  return promisify(gzip)(archive, { level: 1 });
}

/** @param next what takes over as the first process, by its path in the new root */
function bootScript(next: string): string {
  const options = 'trans=virtio,version=9p2000.L,msize=512000';
  return `#!/bin/busybox sh
set -e
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
for module in /modules/*.ko; do $b insmod $module; done
# Nobody writes to the host's files while the guest runs, or nobody who must see it at once.
$b mount -t 9p -o ro,cache=loose,${options} ${mountTags.root} /host
$b mount -t tmpfs -o mode=755 tmpfs /layer
$b mkdir /layer/upper /layer/work
$b mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /root
$b mkdir -p /root${sharedFolder}
$b mount -t 9p -o ${options} ${mountTags.shared} /root${sharedFolder}
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
$b mount -t tmpfs -o mode=755 tmpfs /root/run
$b mount -t tmpfs tmpfs /root/tmp
exec $b switch_root /root ${next}
`;
}
