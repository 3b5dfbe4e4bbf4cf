import { SCRATCH } from '../host/atomic-files.ts';
import { pciPlace } from '../host/pci-slots.ts';
import { linkTo, type TreeEntry, textFile, valueFile, valueFiles } from '../host/tree.ts';
import type { NvmeController } from './controller.ts';
import { smartPage } from './smart.ts';

/** Major number of /dev/nvmeN here; the kernel picks it at load. */
const CONTROLLER_MAJOR = 508;

/** Above those of other kinds of hardware. */
const FIRST_HWMON = 32;

export function controllerFolder(controller: NvmeController): string {
  return `${deviceFolder(controller)}/nvme${controller.transport === 'pcie' ? '/nvme' : ''}${controller.instance}`;
}

/** What nvme_core shows of a controller, without its namespaces. */
export function controllerTree(controller: NvmeController): TreeEntry[] {
  const own = controllerFolder(controller);
  const name = `nvme${controller.instance}`;
  return [
    ...valueFiles(own, {
      address: controller.address,
      cntlid: controller.cntlid,
      cntrltype: controller.cntrltype,
      dctype: 'none',
      dev: `${CONTROLLER_MAJOR}:${controller.instance}`,
      firmware_rev: controller.firmware.padEnd(8),
      kato: 0,
      model: controller.model.padEnd(40),
      numa_node: controller.numaNode,
      queue_count: 9,
      serial: controller.serial.padEnd(20),
      sqsize: 1023,
      state: controller.state,
      subsysnqn: controller.subsysnqn,
      transport: controller.transport,
    }),
    textFile(`${own}/rescan_controller`, '', 0o200),
    textFile(`${own}/reset_controller`, '', 0o200),
    textFile(`${own}/uevent`, uevent(controller)),
    linkTo(`${own}/device`, deviceFolder(controller)),
    linkTo(`${own}/subsystem`, '/sys/class/nvme'),
    ...(controller.hwmon && controller.state !== 'dead' ? hwmonTree(controller) : []),
    textFile(`/dev/${name}`, '', 0o600),
    linkTo(`/sys/class/nvme/${name}`, own),
  ];
}

/** What the drive answers to programs that send it commands: the simulator's own files. */
export function adminFiles(controller: NvmeController): TreeEntry[] {
  const own = `${SCRATCH}/nvme/nvme${controller.instance}`;
  return [
    { kind: 'file', path: `${own}/log-02`, content: smartPage(controller.smart) },
    textFile(`${own}/admin.json`, JSON.stringify(controller.admin)),
  ];
}

function deviceFolder(controller: NvmeController): string {
  return controller.transport === 'pcie'
    ? pciPlace(controller.address).folder
    : '/sys/devices/virtual/nvme-fabrics/ctl';
}

function uevent({ instance, transport }: NvmeController): string {
  return `MAJOR=${CONTROLLER_MAJOR}\nMINOR=${instance}\nDEVNAME=nvme${instance}\nNVME_TRTYPE=${transport}\n`;
}

/** Temperatures in thousandths of a degree; thresholds of an AI100E. */
function hwmonTree(controller: NvmeController): TreeEntry[] {
  const name = `hwmon${FIRST_HWMON + controller.instance}`;
  const own = `${controllerFolder(controller)}/${name}`;
  return [
    ...valueFiles(own, {
      name: 'nvme',
      temp1_alarm: (controller.smart.criticalWarning >> 1) & 1,
      temp1_crit: celsius(358),
      temp1_input: celsius(controller.smart.temperature),
      temp1_label: 'Composite',
      temp1_max: celsius(343),
      temp1_min: -273150,
    }),
    ...controller.smart.temperatureSensors.flatMap((kelvin, i) =>
      kelvin === 0 ? [] : sensorTree(own, i + 2, i + 1, kelvin),
    ),
    textFile(`${own}/uevent`, ''),
    linkTo(`${own}/device`, controllerFolder(controller)),
    linkTo(`${own}/subsystem`, '/sys/class/hwmon'),
    linkTo(`/sys/class/hwmon/${name}`, own),
  ];
}

function sensorTree(own: string, number: number, sensor: number, kelvin: number): TreeEntry[] {
  return [
    valueFile(`${own}/temp${number}_input`, celsius(kelvin)),
    valueFile(`${own}/temp${number}_label`, `Sensor ${sensor}`),
  ];
}

function celsius(kelvin: number): number {
  return kelvin * 1000 - 273150;
}
