import type { Fault } from '../faults/fault.ts';
import type { ControllerState, NvmeController } from './controller.ts';
import type { NvmeHardware } from './nvme-hardware.ts';

/** A host with NVMe drives. */
interface NvmeHost {
  readonly hardware: { readonly nvme: NvmeHardware };
}

/** Which drive, by the name of its controller. */
interface OfDrive {
  readonly drive: string;
}

/** The controller stops for ever and its disks are gone; reverting revives it. */
function nvmeDead(host: NvmeHost, { drive }: OfDrive): Fault {
  return inState(host, drive, 'dead', { name: 'nvme-dead', description: `${drive} is dead` });
}

/** The controller is being reset: it takes no commands; reverting ends the reset. */
function nvmeResetting(host: NvmeHost, { drive }: OfDrive): Fault {
  return inState(host, drive, 'resetting', {
    name: 'nvme-resetting',
    description: `${drive} is being reset`,
  });
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
  nvmeGone,
  nvmeSlowAdmin,
  nvmeReadOnly,
  nvmeHot,
  nvmeMediaErrors,
  nvmeRenumbered,
} as const;

function inState(
  host: NvmeHost,
  drive: string,
  state: ControllerState,
  what: Pick<Fault, 'name' | 'description'>,
): Fault {
  return changed(
    host,
    drive,
    what,
    () => ({ state }),
    () => ({ state: 'live' }),
  );
}

type Change = (controller: NvmeController) => Partial<NvmeController>;

/** A change of a controller and the one that takes it back. */
function changed(
  { hardware }: NvmeHost,
  drive: string,
  what: Pick<Fault, 'name' | 'description'>,
  there: Change,
  back: Change,
): Fault {
  return {
    ...what,
    apply: async () => hardware.nvme.update(drive, there),
    revert: async () => hardware.nvme.update(drive, back),
  };
}
