import { cxi } from '@rackwright/keys';
import type { KernelModule } from '../host/kernel-modules.ts';
import { folder, link, type TreeEntry, textFile } from '../host/tree.ts';
import type { CxiSpec } from './spec.ts';

/** The modules of shs-cxi-driver and who needs which, in load order. */
export const cxiModules: readonly KernelModule[] = [
  { name: 'cxi_sbl', bytes: 200704, taint: 'OE' },
  { name: 'cxi_sl', bytes: 446464, taint: 'OE' },
  {
    name: 'cxi_ss1',
    bytes: 1232896,
    needs: ['cxi_sbl', 'cxi_sl', 'ptp'],
    folders: ['/sys/class/cxi', '/sys/bus/pci/drivers/cxi_ss1'],
    parameters: {
      disable_default_svc: 'Y',
      default_vnis: '1,10',
      system_type_identifier: 0,
      pid_bits: 9,
      active_qos_profile: 1,
    },
    taint: 'OE',
  },
  { name: 'cxi_user', bytes: 69632, needs: ['cxi_ss1'], folders: ['/sys/class/cxi_user'], taint: 'OE' },
  { name: 'cxi_eth', bytes: 98304, needs: ['cxi_ss1'], taint: 'OE' },
  { name: 'vsock_loopback', needs: ['vsock'] },
];

/** Loaded on a node with Slingshot NICs. */
export function defaultCxiModules(spec: CxiSpec): readonly string[] {
  if (spec.nics === undefined) return [];
  return [...cxi.modules, 'ptp', 'vsock', 'vsock_loopback', ...(spec.xpmem === true ? ['xpmem'] : [])];
}

/** What the packages for Slingshot NICs install, and what is in /run and /dev because of them. */
export function softwareTree(spec: CxiSpec): TreeEntry[] {
  return [
    folder('/run/cxi'),
    textFile('/etc/cxi_rh.conf', retryHandlerConfig),
    ...(spec.libraries === false ? [] : libraryTree()),
    ...(spec.xpmem === true ? [textFile('/dev/xpmem', '', 0o666)] : []),
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
