import type { Clock } from '@rackwright/core';
import { pciPlace } from '../host/pci-slots.ts';
import { isOn, type Trigger } from '../host/triggers.ts';
import { boundControllers, type NvmeController, type NvmeState } from './controller.ts';
import { controllerFolder } from './controller-tree.ts';
import {
  bindDriver,
  canBeReset,
  RESET_MS,
  removeDevice,
  rescanBus,
  resetBegins,
  resetEnds,
  scanNamespaces,
  unbindDriver,
} from './transitions.ts';

/** The drives as the kernel works on them. */
export interface NvmeKernel {
  readonly clock: Clock;
  /** Whether the driver of NVMe drives is loaded. */
  driverLoaded(): boolean;
  change(change: (state: NvmeState) => NvmeState): void;
}

export const BUS_RESCAN = '/sys/bus/pci/rescan';
export const DRIVER_FOLDER = '/sys/bus/pci/drivers/nvme';

/** The trigger files of the drives of a host. */
export function nvmeTriggers(state: NvmeState, kernel: NvmeKernel): Trigger[] {
  return [
    ...boundControllers(state).flatMap((controller) => controllerTriggers(controller, kernel)),
    ...state.controllers.flatMap((controller) => pciTriggers(controller, kernel)),
    trigger(BUS_RESCAN, async (text) => {
      if (isOn(text)) kernel.change((now) => rescanBus(now, kernel.driverLoaded()));
    }),
    trigger(`${DRIVER_FOLDER}/unbind`, async (text) => changeAt(kernel, text, unbindDriver)),
    trigger(`${DRIVER_FOLDER}/bind`, async (text) => changeAt(kernel, text, bindDriver)),
  ];
}

/** Any text will do for them. */
function controllerTriggers(controller: NvmeController, kernel: NvmeKernel): Trigger[] {
  const own = controllerFolder(controller);
  return [
    trigger(`${own}/reset_controller`, (_, signal) => reset(kernel, controller, signal)),
    trigger(`${own}/rescan_controller`, async () => {
      kernel.change((now) => scanNamespaces(now, controller.id));
    }),
  ];
}

function pciTriggers(controller: NvmeController, kernel: NvmeKernel): Trigger[] {
  if (controller.transport !== 'pcie' || controller.presence === 'removed') return [];
  const { folder } = pciPlace(controller.address);
  return [
    trigger(`${folder}/remove`, async (text) => {
      if (isOn(text)) kernel.change((now) => removeDevice(now, controller.id));
    }),
    trigger(`${folder}/reset`, async (text, signal) => {
      if (isOn(text)) await reset(kernel, controller, signal);
    }),
  ];
}

/** The drive does not answer until its reset ends; a reset of the PCI function does the same to it. */
async function reset(kernel: NvmeKernel, { id }: NvmeController, signal: AbortSignal): Promise<void> {
  let begun = false;
  kernel.change((now) => {
    begun = now.controllers.some((one) => one.id === id && canBeReset(one));
    return resetBegins(now, id);
  });
  if (!begun) return;
  await kernel.clock.sleep(RESET_MS, signal);
  kernel.change((now) => resetEnds(now, id));
}

function changeAt(
  kernel: NvmeKernel,
  text: string,
  change: (state: NvmeState, id: number) => NvmeState,
): void {
  const address = text.trim();
  kernel.change((now) => {
    const found = now.controllers.find((one) => one.transport === 'pcie' && one.address === address);
    return found === undefined ? now : change(now, found.id);
  });
}

function trigger(path: string, act: Trigger['act']): Trigger {
  return { path, act };
}
