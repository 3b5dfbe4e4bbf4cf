import { blockFolders } from '../host/block-tree.ts';
import type { ModelSurroundings } from '../host/model.ts';
import { modalias, type PciFunction, pciFunctionTree } from '../host/pci-function.ts';
import { pciPlace } from '../host/pci-slots.ts';
import { folder, linkTo, type TreeEntry, textFile, valueFile } from '../host/tree.ts';
import type { NvmeController, NvmeState } from './controller.ts';
import { adminFiles, controllerTree } from './controller-tree.ts';
import { drives, headTree, namespaceTree } from './namespace-tree.ts';
import { subsystemsOf, subsystemTree } from './subsystem.ts';

/** Everything that shows the NVMe drives of a host. */
export function nvmeTree(state: NvmeState, around: ModelSurroundings): TreeEntry[] {
  const bound = around.modules.includes('nvme');
  const core = around.modules.includes('nvme_core');
  const pcie = state.controllers.filter(({ transport }) => transport === 'pcie');
  return [
    ...blockFolders,
    ...pcie.flatMap((controller) => pciTree(controller, around.numaNodes, bound)),
    ...state.controllers.flatMap(adminFiles),
    ...(core ? driverTree({ ...state, controllers: bound ? state.controllers : fabrics(state) }) : []),
  ];
}

function fabrics({ controllers }: NvmeState): NvmeController[] {
  return controllers.filter(({ transport }) => transport !== 'pcie');
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
    linkTo(`${fn.folder}/subsystem`, '/sys/bus/pci'),
    ...(bound
      ? [
          linkTo(`${fn.folder}/driver`, '/sys/bus/pci/drivers/nvme'),
          linkTo(`/sys/bus/pci/drivers/nvme/${fn.address}`, fn.folder),
        ]
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
