import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { HostRoot, makeFolderSync, parseMountinfo } from '@rackwright/host';
import type { Drivers, Hardware, HostContext } from './hardware.ts';
import { loadedModules, setModules, startModules } from './loaded-modules.ts';
import { pciDeviceTrees } from './pci-devices.ts';
import { PciSlots } from './pci-slots.ts';
import type { CoreSpec } from './spec.ts';
import { defaultNumaNodes, isVolatile, systemTree, volatileFolders } from './system-tree.ts';
import { type TreeEntry, textFile, writeTree } from './tree.ts';
import { TriggerWatch } from './triggers.ts';

/** What a host's hardware decides about the rest of it. */
export interface HostEquipment {
  readonly drivers: readonly Drivers[];
  readonly defaultModules: readonly string[];
}

/** A node's files, whatever hardware it has: kernel modules, NUMA nodes, PCI slots, and what a reboot does. */
export class HostCore {
  /** The folder that stands for the node's `/`, without symlinks. */
  readonly folder: string;
  readonly root: HostRoot;
  protected readonly context: HostContext;
  readonly #spec: CoreSpec;
  readonly #drivers: readonly Drivers[];
  readonly #atStart: readonly string[];
  #hardware: readonly Hardware[] = [];
  #boots = 0;

  /** @param folder is created and should be empty */
  protected constructor(folder: string, spec: CoreSpec, clock: Clock, equipment: HostEquipment) {
    makeFolderSync(folder);
    this.folder = realpathSync(resolve(folder));
    this.root = new HostRoot(this.folder);
    this.#spec = spec;
    this.#drivers = equipment.drivers;
    this.#atStart = spec.modules ?? equipment.defaultModules;
    this.context = {
      root: this.root,
      clock,
      numaNodes: spec.numaNodes ?? defaultNumaNodes,
      devNodes: spec.devNodes ?? 'file',
      pci: new PciSlots(),
      modules: () => this.modules,
    };
  }

  /** Builds the tree with this hardware in it. */
  protected async start(hardware: readonly Hardware[]): Promise<void> {
    this.#hardware = hardware;
    const { pci, numaNodes } = this.context;
    writeTree(this.root, [...this.#systemTree(), ...pciDeviceTrees(this.#spec.pci ?? [], pci, numaNodes)]);
    for (const kind of this.#hardware) await kind.start();
  }

  /** The modules loaded now. */
  get modules(): readonly string[] {
    return loadedModules(this.root);
  }

  /** Loads and unloads modules: what they show in sysfs and /dev comes and goes with them. */
  async setModules(modules: readonly string[]): Promise<void> {
    setModules(this.root, modules, this.#drivers, this.context.clock.now());
  }

  /**
   * The machine loses its power and starts again: /run, /tmp and what the kernel
   * showed are gone and made anew, the disk is kept, modules are those of the
   * first start. Whoever runs processes on the host ends them before.
   *
   * @throws HwError FailedPrecondition while something of this machine is mounted in the host's folder
   */
  async reboot(): Promise<void> {
    this.#refuseMounted();
    for (const kind of this.#hardware) kind.powerOff();
    for (const folder of volatileFolders) rmSync(this.root.path(folder), { recursive: true, force: true });
    this.#boots += 1;
    const { numaNodes } = this.context;
    const entries = [
      ...this.#systemTree(),
      ...pciDeviceTrees(this.#spec.pci ?? [], new PciSlots(), numaNodes),
      textFile('/proc/sys/kernel/random/boot_id', `00000000-0000-4000-8000-${bootNumber(this.#boots)}\n`),
    ];
    writeTree(
      this.root,
      entries.filter(({ path }) => isVolatile(path)),
    );
    for (const kind of this.#hardware) await kind.start();
  }

  /**
   * From now on the host does what a kernel does when its trigger files are
   * written to, such as `reset_controller` of a drive.
   *
   * @param onError what went wrong in the simulated kernel
   * @returns ends it
   */
  watchTriggers(onError: (error: unknown) => void): Disposable {
    const sources = this.#hardware.flatMap(({ triggers }) => triggers ?? []);
    return new TriggerWatch(this.root, sources, onError);
  }

  #systemTree(): TreeEntry[] {
    return [...systemTree(this.#spec), ...startModules(this.root, this.#atStart, this.#drivers)];
  }

  #refuseMounted(): void {
    const own = new HostRoot();
    const mounts = parseMountinfo(readFileSync(own.path(own.proc('self', 'mountinfo')), 'utf8'));
    const found = mounts.find(({ mountPoint }) => mountPoint.startsWith(`${this.folder}/`));
    if (found === undefined) return;
    throw new HwError(
      'FailedPrecondition',
      `${found.mountPoint} is a mount: a reboot would delete what is in it`,
      {
        remedy: 'end what runs on the host and unmount it first',
      },
    );
  }
}

function bootNumber(boots: number): string {
  return String(boots).padStart(12, '0');
}
