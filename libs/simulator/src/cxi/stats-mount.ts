import type { Fault } from '../faults/fault.ts';
import { FuseMount } from '../faults/fuse-mount.ts';
import type { SimulatedHost } from '../simulated-host.ts';

/**
 * The statistics of a NIC's handler are a FUSE mount whose server no longer
 * answers: whoever touches a file there waits until the fault is reverted.
 * Needs root and /dev/fuse, see `canMountFuse`.
 */
export function statsHang(host: SimulatedHost, options: { readonly nic: string }): Fault {
  const mount = statsMount(host, options.nic);
  return {
    name: 'stats-hang',
    description: `reading the retry handler statistics of ${options.nic} hangs`,
    apply: async () => {
      mount.mount();
    },
    revert: async () => {
      mount.disconnect();
      mount.unmount();
    },
  };
}

/**
 * The FUSE mount a killed handler leaves behind: every access fails with
 * ENOTCONN. Needs root and /dev/fuse.
 */
export function staleStatsMount(host: SimulatedHost, options: { readonly nic: string }): Fault {
  const mount = statsMount(host, options.nic);
  return {
    name: 'stale-stats-mount',
    description: `a dead handler of ${options.nic} left its statistics mount behind`,
    apply: async () => {
      mount.mount();
      mount.disconnect();
    },
    revert: async () => mount.unmount(),
  };
}

function statsMount({ root }: SimulatedHost, nic: string): FuseMount {
  return new FuseMount(root.path(root.run('cxi', nic)), 'rh_stats');
}
