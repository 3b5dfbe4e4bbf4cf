import type { Fault } from '../faults/fault.ts';
import type { HostCore } from './host-core.ts';

/** A kernel module is unloaded, with what it showed; reverting loads it again. */
function moduleGone(host: HostCore, options: { readonly module: string }): Fault {
  const before = host.modules;
  return {
    name: 'module-gone',
    description: `the kernel module ${options.module} is unloaded`,
    apply: () => host.setModules(before.filter((module) => module !== options.module)),
    revert: () => host.setModules(before),
  };
}

/** The machine loses its power and starts again. */
function reboot(host: HostCore): Fault {
  return {
    name: 'reboot',
    description: 'the host loses its power and starts again',
    apply: () => host.reboot(),
  };
}

/** What can go wrong with any host. */
export const coreFaults = { moduleGone, reboot } as const;
