import { HwError } from '@rackwright/core';
import { SCRATCH } from '../host/atomic-files.ts';
import type { HostContext, HostKind } from '../host/hardware.ts';
import type { KernelModule } from '../host/kernel-modules.ts';
import type { HardwareModel } from '../host/model.ts';
import { ModelledHardware, modelDrivers } from '../host/modelled-hardware.ts';
import type { TriggerSource } from '../host/triggers.ts';
import {
  boundControllers,
  type ControllerState,
  firstState,
  freeInstance,
  type NvmeController,
  type NvmeState,
  newController,
  withController,
} from './controller.ts';
import { nvmeTree } from './nvme-tree.ts';
import { afterWork } from './smart.ts';
import type { NvmeHostSpec, NvmeSpec } from './spec.ts';
import { startAgain, withChange } from './transitions.ts';
import { type NvmeKernel, nvmeTriggers } from './triggers.ts';

/** The drives of a host as their state and the files that show it. */
export const nvmeModel: HardwareModel<NvmeState> = { name: 'nvme', tree: nvmeTree };

const nvmeModules: readonly KernelModule[] = [
  {
    name: 'nvme_core',
    bytes: 208896,
    parameters: { multipath: 'Y', io_timeout: 30, admin_timeout: 60, max_retries: 5 },
    taint: '',
  },
  { name: 'nvme', bytes: 57344, needs: ['nvme_core'], folders: ['/sys/bus/pci/drivers/nvme'], taint: '' },
];

/** NVMe drives. */
export const nvmeKind: HostKind<NvmeHostSpec, NvmeHardware> = {
  ...modelDrivers(nvmeModel),
  modules: nvmeModules,
  defaultModules: (spec) => (spec.nvme === undefined ? [] : ['nvme_core', 'nvme']),
  create: (context, spec) => new NvmeHardware(context, spec),
};

/** The NVMe drives of a host, and what can be done to them; a controller is named as in /dev. */
export class NvmeHardware extends ModelledHardware<NvmeState> {
  readonly #host: HostContext;

  constructor(host: HostContext, { nvme }: NvmeHostSpec) {
    super(host, nvmeModel, nvme && firstState(nvme));
    this.#host = host;
  }

  override powerOff(): void {
    for (const { address } of onPci(this.found)) this.#host.pci.free(address);
    super.powerOff();
  }

  get triggers(): TriggerSource | undefined {
    if (this.found === undefined) return undefined;
    const kernel: NvmeKernel = {
      clock: this.#host.clock,
      driverLoaded: () => this.#host.modules().includes('nvme'),
      change: (change) => this.change(change),
    };
    return {
      changesIn: `${SCRATCH}/${nvmeModel.name}`,
      triggers: () => (this.found === undefined ? [] : nvmeTriggers(this.state, kernel)),
    };
  }

  /** Names of all controllers, in the order the kernel found them. */
  names(): readonly string[] {
    return boundControllers(this.state).map(({ instance }) => `nvme${instance}`);
  }

  /** @throws HwError NotFound if there is no such controller */
  controller(name: string): NvmeController {
    return controllerNamed(this.state, name);
  }

  /** Puts a drive in; returns its name. */
  plug(spec: NvmeSpec): string {
    return this.#add(newController(this.state, spec));
  }

  /** Takes a drive out. */
  unplug(name: string): NvmeController {
    const gone = this.controller(name);
    this.change((state) => ({ ...state, controllers: state.controllers.filter(({ id }) => id !== gone.id) }));
    this.#host.pci.free(gone.address);
    return gone;
  }

  /** Puts a drive that was taken out back into its slot; returns its name. */
  plugBack(drive: NvmeController): string {
    return this.#add(drive);
  }

  /** Sets what the kernel says of the controller; a dead one shows no disks. */
  setState(name: string, state: ControllerState): void {
    this.update(name, () => ({ state }));
  }

  /** Changes a controller. */
  update(name: string, change: (controller: NvmeController) => Partial<NvmeController>): void {
    this.change((state) => withChange(state, controllerNamed(state, name).id, change));
  }

  /** Changes a drive that had this id, whatever its name is by now; nothing if it is not there any more. */
  updateDrive(id: number, change: (controller: NvmeController) => Partial<NvmeController>): void {
    this.change((state) => withChange(state, id, change));
  }

  /** Lets hours of ordinary work pass: the counters of every drive grow. */
  passTime(hours: number): void {
    this.change((state) => ({
      ...state,
      controllers: state.controllers.map((one) => ({ ...one, smart: afterWork(one.smart, hours) })),
    }));
  }

  /** The order in which the kernel finds the drives at the next start, by their names of now. */
  setProbeOrder(names: readonly string[]): void {
    this.change((state) => {
      const first = names.map((name) => controllerNamed(state, name));
      const others = state.controllers.filter((one) => !first.includes(one));
      return { ...state, controllers: [...first, ...others] };
    });
  }

  #add(drive: NvmeController): string {
    const instance = freeInstance(this.state);
    if (drive.transport === 'pcie') this.#host.pci.take(drive.address, `nvme${instance}`);
    this.change((state) => withController(state, { ...drive, instance }));
    return `nvme${instance}`;
  }

  protected override occupy(state: NvmeState): void {
    for (const drive of onPci(state)) this.#host.pci.take(drive.address, `nvme${drive.instance}`);
  }

  protected override atReboot(state: NvmeState): NvmeState {
    return startAgain(state);
  }
}

function onPci(state: NvmeState | undefined): NvmeController[] {
  return (state?.controllers ?? []).filter(({ transport }) => transport === 'pcie');
}

function controllerNamed(state: NvmeState, name: string): NvmeController {
  const found = boundControllers(state).find(({ instance }) => `nvme${instance}` === name);
  if (found === undefined) throw new HwError('NotFound', `this host has no NVMe controller ${name}`);
  return found;
}
