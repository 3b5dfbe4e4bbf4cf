import { blockFolders } from '../host/block-tree.ts';
import type { ModelSurroundings } from '../host/model.ts';
import { modalias, type PciFunction, pciFunctionTree } from '../host/pci-function.ts';
import { pciPlace } from '../host/pci-slots.ts';
import { folder, linkTo, type TreeEntry, textFile, valueFile } from '../host/tree.ts';
import { boundControllers, type NvmeController, type NvmeState } from './controller.ts';
import { adminFiles, controllerTree } from './controller-tree.ts';
import { drives, headTree, namespaceTree } from './namespace-tree.ts';
import { subsystemsOf, subsystemTree } from './subsystem.ts';
import { BUS_RESCAN, DRIVER_FOLDER } from './triggers.ts';

/** Everything that shows the NVMe drives of a host. */
export function nvmeTree(state: NvmeState, around: ModelSurroundings): TreeEntry[] {
  const loaded = around.modules.includes('nvme');
  const core = around.modules.includes('nvme_core');
  const bound = boundControllers(state);
  const onBus = state.controllers.filter((one) => one.transport === 'pcie' && one.presence !== 'removed');
  return [
    ...blockFolders,
    textFile(BUS_RESCAN, '', 0o200),
    ...(loaded ? ['bind', 'unbind'].map((name) => textFile(`${DRIVER_FOLDER}/${name}`, '', 0o200)) : []),
    ...onBus.flatMap((one) => pciTree(one, around.numaNodes, loaded && one.presence === 'bound')),
    ...bound.flatMap(adminFiles),
    ...(core ? driverTree({ ...state, controllers: loaded ? bound : bound.filter(isOnFabric) }) : []),
  ];
}

function isOnFabric({ transport }: NvmeController): boolean {
  return transport !== 'pcie';
}

/** What is there because a driver is loaded. */
function driverTree(state: NvmeState): TreeEntry[] {
  const classes = ['nvme', 'nvme-subsystem', 'nvme-generic', 'hwmon'].map((name) => `/sys/class/${name}`);
  const subsystems = subsystemsOf(state.controllers);
  return [
    ...classes.map(folder),
    ...state.controllers.flatMap(controllerTree),
    ...subsystems.flatMap(subsystemTree),
    ...subsystems.flatMap(headTree),
    ...subsystems.flatMap((subsystem) =>
      subsystem.controllers.filter(drives).flatMap((controller) => namespaceTree(subsystem, controller)),
    ),
  ];
}

function pciTree(controller: NvmeController, numaNodes: number, bound: boolean): TreeEntry[] {
  const fn = pciFunction(controller, bound);
  return [
    ...pciFunctionTree(fn, numaNodes),
    valueFile(`${fn.folder}/modalias`, modalias(fn)),
    valueFile(`${fn.folder}/power_state`, 'D0'),
    textFile(`${fn.folder}/remove`, '', 0o200),
    textFile(`${fn.folder}/reset`, '', 0o200),
    linkTo(`${fn.folder}/subsystem`, '/sys/bus/pci'),
    ...(bound
      ? [linkTo(`${fn.folder}/driver`, DRIVER_FOLDER), linkTo(`${DRIVER_FOLDER}/${fn.address}`, fn.folder)]
      : []),
  ];
}

function pciFunction(controller: NvmeController, bound: boolean): PciFunction {
  return {
    ...controller,
    ...pciPlace(controller.address),
    class: 0x010802,
    revision: 1,
    bar: { start: 0xf000_0000 + controller.id * 0x4000, bytes: 0x4000 },
    driver: bound ? 'nvme' : undefined,
  };
}
