import { linkTo, type TreeEntry, textFile, valueFile, valueFiles } from '../host/tree.ts';
import type { NvmeController } from './controller.ts';
import { controllerFolder } from './controller-tree.ts';

/** Controllers that lead to the same namespaces. */
export interface NvmeSubsystem {
  /** The N of nvme-subsysN and of its disks: the number of its first controller. */
  readonly instance: number;
  readonly controllers: readonly [NvmeController, ...NvmeController[]];
}

/** Controllers by the qualified name of their subsystem. */
export function subsystemsOf(controllers: readonly NvmeController[]): NvmeSubsystem[] {
  const byName = Map.groupBy(controllers, ({ subsysnqn }) => subsysnqn);
  return [...byName.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ instance: first.instance, controllers: [first, ...others] as const }],
  );
}

export function subsystemFolder({ instance }: NvmeSubsystem): string {
  return `/sys/devices/virtual/nvme-subsystem/nvme-subsys${instance}`;
}

/** Whether its disks are reached over several controllers (nvme_core.multipath). */
export function isMultipath({ controllers }: NvmeSubsystem): boolean {
  return controllers.length > 1;
}

/** The subsystem's own folder, without its disks. */
export function subsystemTree(subsystem: NvmeSubsystem): TreeEntry[] {
  const own = subsystemFolder(subsystem);
  const [first] = subsystem.controllers;
  return [
    ...valueFiles(own, {
      firmware_rev: first.firmware.padEnd(8),
      iopolicy: 'numa',
      model: first.model.padEnd(40),
      serial: first.serial.padEnd(20),
      subsysnqn: first.subsysnqn,
    }),
    valueFile(`${own}/subsystype`, 'nvm'),
    textFile(`${own}/uevent`, ''),
    linkTo(`${own}/subsystem`, '/sys/class/nvme-subsystem'),
    ...subsystem.controllers.map((one) => linkTo(`${own}/nvme${one.instance}`, controllerFolder(one))),
    linkTo(`/sys/class/nvme-subsystem/nvme-subsys${subsystem.instance}`, own),
  ];
}
