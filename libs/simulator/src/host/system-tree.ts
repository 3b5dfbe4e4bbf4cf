import { nodeCpuList } from './cpus.ts';
import type { CoreSpec } from './spec.ts';
import { folder, link, type TreeEntry, textFile, valueFile } from './tree.ts';

/** NUMA nodes unless the spec says otherwise. */
export const defaultNumaNodes = 4;

/** What a node has whatever hardware is in it. */
export function systemTree(spec: CoreSpec): TreeEntry[] {
  const release = spec.kernelRelease ?? '6.4.0-150600.23.47-default';
  return [
    ...folders.map(folder),
    link('/var/run', '../run'),
    link('/bin', 'usr/bin'),
    link('/sbin', 'usr/sbin'),
    link('/lib', 'usr/lib'),
    link('/lib64', 'usr/lib64'),
    textFile(
      '/proc/version',
      `Linux version ${release} (builder@simulator) (gcc (SUSE Linux) 13.3.0, GNU ld 2.43) #1 SMP PREEMPT_DYNAMIC\n`,
    ),
    textFile('/proc/self/mountinfo', '1 0 0:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n'),
    folder(`/usr/lib/modules/${release}`),
    textFile('/etc/os-release', 'NAME="Simulated Linux"\nID=simulated\nVERSION_ID="1"\n'),
    ...numaTree(spec.numaNodes ?? defaultNumaNodes),
  ];
}

/** Folders that are empty when a machine starts. */
export const volatileFolders = ['/dev', '/proc', '/run', '/sys', '/tmp'] as const;

/** Whether the path is lost with the machine's power. */
export function isVolatile(path: string): boolean {
  return volatileFolders.some((top) => path === top || path.startsWith(`${top}/`));
}

const folders: readonly string[] = [
  '/dev',
  '/etc/cdi',
  '/run/cdi',
  '/run/rackwright',
  '/tmp',
  '/usr/bin',
  '/usr/lib',
  '/usr/lib64',
  '/usr/sbin',
  '/sys/bus/pci/devices',
  '/sys/class/net',
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet/plugins_registry',
  '/var/lib/kubelet/pod-resources',
  '/var/lib/kubelet/pods',
];

function numaTree(nodes: number): TreeEntry[] {
  const base = '/sys/devices/system/node';
  return [
    valueFile(`${base}/online`, nodes === 1 ? '0' : `0-${nodes - 1}`),
    ...Array.from({ length: nodes }, (_, node) =>
      valueFile(`${base}/node${node}/cpulist`, nodeCpuList(node, nodes)),
    ),
  ];
}
