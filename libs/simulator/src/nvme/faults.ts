import type { Fault } from '../faults/fault.ts';
import { type Cures, curable, type NvmeController, wellBehaved } from './controller.ts';
import type { NvmeHardware } from './nvme-hardware.ts';
import type { NvmeSpec } from './spec.ts';

/** A host with NVMe drives. */
interface NvmeHost {
  readonly hardware: { readonly nvme: NvmeHardware };
}

/** Which drive, by the name of its controller. */
interface OfDrive {
  readonly drive: string;
}

/**
 * The controller stops for ever and its disks are gone; reverting revives it. It
 * also comes back when it is removed from the PCI bus and found again, unless
 * `probe` says otherwise.
 */
function nvmeDead(
  host: NvmeHost,
  { drive, probe = 'heals' }: OfDrive & Partial<Pick<Cures, 'probe'>>,
): Fault {
  return changed(
    host,
    drive,
    { name: 'nvme-dead', description: `${drive} is dead` },
    ({ cures }) => ({ state: 'dead', cures: { ...cures, probe } }),
    () => ({ state: 'live', cures: curable }),
  );
}

/** The controller is being reset: it takes no commands; reverting ends the reset. */
function nvmeResetting(host: NvmeHost, { drive }: OfDrive): Fault {
  return changed(
    host,
    drive,
    { name: 'nvme-resetting', description: `${drive} is being reset` },
    () => ({ state: 'resetting' }),
    () => ({ state: 'live' }),
  );
}

/**
 * The controller says it is live and answers no command, until a reset or until
 * it is found anew, as `cures` says; reverting makes it answer.
 */
function nvmeStuck(host: NvmeHost, { drive, ...cures }: OfDrive & Partial<Cures>): Fault {
  const forEver = 24 * 3_600_000;
  return changed(
    host,
    drive,
    { name: 'nvme-stuck', description: `${drive} answers no command` },
    () => ({ admin: { ...wellBehaved, delayMs: forEver }, cures: { ...curable, ...cures } }),
    ({ state }) => ({
      admin: wellBehaved,
      cures: curable,
      state: state === 'resetting' || state === 'dead' ? 'live' : state,
    }),
  );
}

/** A disk of the controller is gone until somebody has its namespaces looked for; reverting brings it back. */
function nvmeNamespaceLost(
  host: NvmeHost,
  { drive, nsid = 1, scan = 'heals' }: OfDrive & { readonly nsid?: number } & Partial<Pick<Cures, 'scan'>>,
): Fault {
  return changed(
    host,
    drive,
    { name: 'nvme-namespace-lost', description: `namespace ${nsid} of ${drive} is lost` },
    ({ lost, cures }) => ({ lost: [...lost, nsid], cures: { ...cures, scan } }),
    ({ lost }) => ({ lost: lost.filter((one) => one !== nsid), cures: curable }),
  );
}

/** Another drive is in the slot: the kernel finds it at its next look at the slot. */
function nvmeReplaced(host: NvmeHost, { drive, by }: OfDrive & { readonly by: NvmeSpec }): Fault {
  return changed(
    host,
    drive,
    { name: 'nvme-replaced', description: `another drive is in the slot of ${drive}` },
    () => ({ replacement: by }),
    () => ({ replacement: undefined }),
  );
}

/** The drive is pulled out; reverting puts it back, under the lowest free number. */
function nvmeGone(host: NvmeHost, { drive }: OfDrive): Fault {
  const { nvme } = host.hardware;
  let gone: NvmeController | undefined;
  return {
    name: 'nvme-gone',
    description: `${drive} is pulled out`,
    apply: async () => {
      gone = nvme.unplug(drive);
    },
    revert: async () => {
      if (gone !== undefined) nvme.plugBack(gone);
      gone = undefined;
    },
  };
}

/** Commands that are no reads or writes take `delayMs`; reverting makes them quick again. */
function nvmeSlowAdmin(host: NvmeHost, { drive, delayMs }: OfDrive & { readonly delayMs: number }): Fault {
  return changed(
    host,
    drive,
    { name: 'nvme-slow-admin', description: `admin commands of ${drive} take ${delayMs} ms` },
    ({ admin }) => ({ admin: { ...admin, delayMs } }),
    ({ admin }) => ({ admin: { ...admin, delayMs: 0 } }),
  );
}

/** The flash is worn out and takes no writes any more. */
function nvmeReadOnly(host: NvmeHost, { drive }: OfDrive): Fault {
  const mediaReadOnly = 8;
  return changed(
    host,
    drive,
    { name: 'nvme-read-only', description: `${drive} has become read-only` },
    ({ namespaces, smart }) => ({
      namespaces: namespaces.map((one) => ({ ...one, readOnly: true })),
      smart: { ...smart, criticalWarning: smart.criticalWarning | mediaReadOnly },
    }),
    ({ namespaces, smart }) => ({
      namespaces: namespaces.map((one) => ({ ...one, readOnly: false })),
      smart: { ...smart, criticalWarning: smart.criticalWarning & ~mediaReadOnly },
    }),
  );
}

/** The drive is too hot; reverting cools it down. */
function nvmeHot(host: NvmeHost, { drive, kelvin }: OfDrive & { readonly kelvin: number }): Fault {
  const { temperature, temperatureSensors } = host.hardware.nvme.controller(drive).smart;
  const hot = 2;
  return changed(
    host,
    drive,
    { name: 'nvme-hot', description: `${drive} has ${kelvin - 273} degrees` },
    ({ smart }) => ({
      smart: {
        ...smart,
        temperature: kelvin,
        temperatureSensors: temperatureSensors.map(() => kelvin),
        criticalWarning: smart.criticalWarning | hot,
      },
    }),
    ({ smart }) => ({
      smart: { ...smart, temperature, temperatureSensors, criticalWarning: smart.criticalWarning & ~hot },
    }),
  );
}

/** Reads fail for good: counters do not go back. */
function nvmeMediaErrors(host: NvmeHost, { drive, count }: OfDrive & { readonly count: number }): Fault {
  return {
    name: 'nvme-media-errors',
    description: `${drive} counts ${count} more media errors`,
    apply: async () => {
      host.hardware.nvme.update(drive, ({ smart }) => ({
        smart: {
          ...smart,
          mediaErrors: String(BigInt(smart.mediaErrors) + BigInt(count)),
          errorLogEntries: String(BigInt(smart.errorLogEntries) + BigInt(count)),
        },
      }));
    },
  };
}

/** The host starts again and finds its drives in the opposite order. */
function nvmeRenumbered(host: NvmeHost & { reboot(): Promise<void> }): Fault {
  return {
    name: 'nvme-renumbered',
    description: 'after a reboot the drives have other numbers',
    apply: async () => {
      const { nvme } = host.hardware;
      nvme.setProbeOrder(nvme.names().toReversed());
      await host.reboot();
    },
  };
}

/** What can go wrong with the NVMe drives of a host. */
export const nvmeFaults = {
  nvmeDead,
  nvmeResetting,
  nvmeStuck,
  nvmeNamespaceLost,
  nvmeReplaced,
  nvmeGone,
  nvmeSlowAdmin,
  nvmeReadOnly,
  nvmeHot,
  nvmeMediaErrors,
  nvmeRenumbered,
} as const;

type Change = (controller: NvmeController) => Partial<NvmeController>;

/** A change of a controller and the one that takes it back, whatever number the drive has by then. */
function changed(
  { hardware }: NvmeHost,
  drive: string,
  what: Pick<Fault, 'name' | 'description'>,
  there: Change,
  back: Change,
): Fault {
  const { nvme } = hardware;
  const { id } = nvme.controller(drive);
  return {
    ...what,
    apply: async () => nvme.updateDrive(id, there),
    revert: async () => nvme.updateDrive(id, back),
  };
}
