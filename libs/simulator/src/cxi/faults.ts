import type { Clock } from '@rackwright/core';
import type { Fault } from '../faults/fault.ts';
import type { GarbageKind } from '../faults/garbage.ts';
import { replacedPath } from '../host/faults.ts';
import type { SimulatedHost } from '../simulated-host.ts';
import type { NicSpec } from './spec.ts';
import { staleStatsMount, statsHang } from './stats-mount.ts';

/** The NIC goes away as if pulled out; reverting puts the same one back. */
function unplugNic(host: SimulatedHost, options: { readonly nic: string }): Fault {
  const { spec } = host.hardware.cxi.nic(options.nic);
  return {
    name: 'unplug-nic',
    description: `${options.nic} is pulled out`,
    apply: () => host.hardware.cxi.unplug(options.nic),
    revert: async () => {
      await host.hardware.cxi.plug({ ...spec, name: options.nic });
    },
  };
}

/** A further NIC appears; reverting takes it out. */
function plugNic(host: SimulatedHost, options: { readonly spec: NicSpec }): Fault {
  let name: string | undefined;
  return {
    name: 'plug-nic',
    description: `a Cassini ${options.spec.generation} is plugged in`,
    apply: async () => {
      name = await host.hardware.cxi.plug(options.spec);
    },
    revert: async () => {
      if (name !== undefined) await host.hardware.cxi.unplug(name);
    },
  };
}

/** The link goes down; reverting brings it up. */
function linkDown(host: SimulatedHost, options: { readonly nic: string }): Fault {
  return {
    name: 'link-down',
    description: `the link of ${options.nic} goes down`,
    apply: () => host.hardware.cxi.setLink(options.nic, 'down'),
    revert: () => host.hardware.cxi.setLink(options.nic, 'up'),
  };
}

/** The link goes down and up `times` times, evenly over `periodMs`, and stays up. */
function linkFlap(
  host: SimulatedHost,
  options: { readonly nic: string; readonly times: number; readonly periodMs: number; readonly clock: Clock },
): Fault {
  const { nic, times, periodMs, clock } = options;
  return {
    name: 'link-flap',
    description: `the link of ${nic} goes down and up ${times} times in ${periodMs} ms`,
    apply: async (signal) => {
      for (let i = 0; i < times; i++) {
        await host.hardware.cxi.setLink(nic, 'down');
        try {
          await clock.sleep(periodMs / times / 2, signal);
        } finally {
          await host.hardware.cxi.setLink(nic, 'up');
        }
        await clock.sleep(periodMs / times / 2, signal);
      }
    },
  };
}

/** A file or folder of the NIC is missing; reverting brings back what it was. */
function missingFile(host: SimulatedHost, options: { readonly nic: string; readonly file: string }): Fault {
  return replacedPath(host, pathOf(host, options), {
    name: 'missing-file',
    description: `${options.file} of ${options.nic} is missing`,
  });
}

/** A file of the NIC holds or becomes nonsense; reverting brings back what it was. */
function garbageFile(
  host: SimulatedHost,
  options: { readonly nic: string; readonly file: string; readonly garbage: GarbageKind },
): Fault {
  return replacedPath(host, pathOf(host, options), {
    name: `garbage-file-${options.garbage}`,
    description: `${options.file} of ${options.nic} is garbage (${options.garbage})`,
    garbage: options.garbage,
  });
}

function pathOf(host: SimulatedHost, { nic, file }: { readonly nic: string; readonly file: string }): string {
  return `${host.hardware.cxi.nic(nic).folder}/${file}`;
}

/** The NIC's cxi_rh is killed and the kernel takes its event queue back. */
function retryHandlerDeath(host: SimulatedHost, options: { readonly nic: string }): Fault {
  return {
    name: 'retry-handler-death',
    description: `cxi_rh of ${options.nic} is killed`,
    apply: () => host.hardware.cxi.killRetryHandler(options.nic),
  };
}

/** What can go wrong with the NICs of a host. */
export const cxiFaults = {
  unplugNic,
  plugNic,
  linkDown,
  linkFlap,
  missingFile,
  garbageFile,
  retryHandlerDeath,
  statsHang,
  staleStatsMount,
} as const;
