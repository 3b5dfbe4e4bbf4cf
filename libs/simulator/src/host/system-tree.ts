import { cxi } from '@rackwright/keys';
import { nodeCpuList } from './cpus.ts';
import type { HostSpec } from './spec.ts';
import { folder, link, type TreeEntry, textFile, valueFile, valueFiles } from './tree.ts';

/** Loaded on a node with Slingshot NICs unless the spec says otherwise. */
export const defaultModules: readonly string[] = [...cxi.modules, 'ptp', 'vsock', 'vsock_loopback'];

/** What a node has whether or not it has NICs. */
export function systemTree(spec: HostSpec): TreeEntry[] {
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
    textFile('/proc/self/mountinfo', '1 0 0:1 / / rw,relatime - ext4 /dev/root rw\n'),
    folder(`/usr/lib/modules/${release}`),
    textFile('/etc/cxi_rh.conf', retryHandlerConfig),
    textFile('/etc/os-release', 'NAME="Simulated Linux"\nID=simulated\nVERSION_ID="1"\n'),
    ...numaTree(spec.numaNodes ?? 4),
    ...(spec.libraries === false ? [] : libraryTree()),
    ...(spec.xpmem === true ? [textFile('/dev/xpmem', '', 0o666)] : []),
  ];
}

/** /proc/modules and /sys/module for the given modules. */
export function moduleTree(modules: readonly string[]): TreeEntry[] {
  const lines = modules.map((name) => {
    const users = modules.filter((other) => needs[other]?.includes(name));
    return `${name} ${sizes[name] ?? 16384} ${users.length} ${users.map((user) => `${user},`).join('') || '-'} Live 0x0000000000000000${name.startsWith('cxi') ? ' (OE)' : ''}\n`;
  });
  return [
    textFile('/proc/modules', lines.join('')),
    folder('/sys/module'),
    ...modules.flatMap((name) => (moduleFolders[name] ?? []).map(folder)),
    ...modules.flatMap((name) => moduleFolder(name, modules)),
  ];
}

function moduleFolder(name: string, modules: readonly string[]): TreeEntry[] {
  const users = modules.filter((other) => needs[other]?.includes(name)).length;
  const entries = valueFiles(`/sys/module/${name}`, { refcnt: users, initstate: 'live', taint: 'OE' });
  if (name !== 'cxi_ss1') return entries;
  return [
    ...entries,
    ...valueFiles('/sys/module/cxi_ss1/parameters', {
      disable_default_svc: 'Y',
      default_vnis: '1,10',
      system_type_identifier: 0,
      pid_bits: 9,
      active_qos_profile: 1,
    }),
  ];
}

/** Folders that come and go with a module. */
export const moduleFolders: Readonly<Record<string, readonly string[]>> = {
  cxi_ss1: ['/sys/class/cxi', '/sys/bus/pci/drivers/cxi_ss1'],
  cxi_user: ['/sys/class/cxi_user'],
};

/** Which modules hold which others; shs-cxi-driver's load order. */
const needs: Readonly<Record<string, readonly string[]>> = {
  cxi_ss1: ['cxi_sbl', 'cxi_sl', 'ptp'],
  cxi_user: ['cxi_ss1'],
  cxi_eth: ['cxi_ss1'],
  vsock_loopback: ['vsock'],
};

const sizes: Readonly<Record<string, number>> = {
  cxi_ss1: 1232896,
  cxi_sbl: 200704,
  cxi_sl: 446464,
  cxi_user: 69632,
  cxi_eth: 98304,
};

const folders: readonly string[] = [
  '/dev',
  '/etc/cdi',
  '/run/cdi',
  '/run/cxi',
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

/** Shared libraries as packages install them: the real file and its two links. */
function libraryTree(): TreeEntry[] {
  const libraries = [
    ['/opt/cray/lib64', 'libfabric.so', '1', '1.27.0'],
    ['/usr/lib64', 'libcxi.so', '1', '1.5.0'],
    ['/usr/lib64', 'libcxiutils.so', '0', '0.0.0'],
  ] as const;
  return libraries.flatMap(([place, name, major, version]) => [
    textFile(`${place}/${name}.${version}`, `\x7fELF simulated ${name}\n`, 0o755),
    link(`${place}/${name}.${major}`, `${name}.${version}`),
    link(`${place}/${name}`, `${name}.${major}`),
  ]);
}

const retryHandlerConfig = `// Retry handler of the simulated host.
max_spt_retries = 4;
retry_intervals = [2000000, 4000000, 8000000, 16000000];
switch_id_mask = 0xfffc0;
rh_stats_dir = "/run/cxi";
`;
