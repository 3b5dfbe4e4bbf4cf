import { readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Clock, compareNatural, HwError, systemClock } from '@rackwright/core';
import { HostRoot, makeFolderSync } from '@rackwright/host';
import type { HandlerBehaviour } from '../cxi-rh/behaviour.ts';
import { handlerPid, installRetryHandler, killHandlerOf } from '../cxi-rh/install.ts';
import { handlerPaths } from '../cxi-rh/paths.ts';
import { addDeviceNode } from './device-node.ts';
import { removePath, replaceFile } from './file-faces.ts';
import { activeLayers, layerRoots, layerTree } from './layers.ts';
import { linkChange } from './link-change.ts';
import { type NicFunction, nicFunction } from './nic.ts';
import { pciTree, uevent, virtualFunctionLinks } from './pci-tree.ts';
import type { HostSpec, NicSpec } from './spec.ts';
import { defaultModules, moduleFolders, moduleTree, systemTree } from './system-tree.ts';
import { telemetryNames, telemetryRate, telemetryValue } from './telemetry-tree.ts';
import { type TreeEntry, writeTree } from './tree.ts';

/** A node's files with Slingshot NICs in them, and the hands to change them as hardware would. */
export class SimulatedHost {
  /** The folder that stands for the node's `/`, without symlinks. */
  readonly folder: string;
  readonly root: HostRoot;
  readonly #spec: HostSpec;
  readonly #clock: Clock;
  readonly #functions = new Map<string, NicFunction>();
  #modules: readonly string[];
  #nextNumber = 0;

  /**
   * Builds the tree in `folder`, which is created and should be empty.
   *
   * @param clock times of telemetry and link restarts; default the machine's
   */
  static async create(folder: string, spec: HostSpec, clock: Clock = systemClock): Promise<SimulatedHost> {
    makeFolderSync(folder);
    const host = new SimulatedHost(realpathSync(resolve(folder)), spec, clock);
    writeTree(host.root, [...systemTree(spec), ...moduleTree(host.#modules)]);
    if (spec.cxiRh !== false) await installRetryHandler(host.root);
    for (const nic of spec.nics) await host.#addPhysical(nic);
    for (const pf of host.functions()) await host.#addVirtual(pf);
    return host;
  }

  private constructor(folder: string, spec: HostSpec, clock: Clock) {
    this.folder = folder;
    this.root = new HostRoot(folder);
    this.#spec = spec;
    this.#clock = clock;
    this.#modules = spec.modules ?? [...defaultModules, ...(spec.xpmem === true ? ['xpmem'] : [])];
  }

  /** Names of all functions, physical and virtual, in natural order. */
  nics(): readonly string[] {
    return [...this.#functions.keys()].sort(compareNatural);
  }

  /** Every function with its addresses, in natural order of names. */
  functions(): readonly NicFunction[] {
    return this.nics().map((name) => this.nic(name));
  }

  /** @throws HwError NotFound if there is no such function */
  nic(name: string): NicFunction {
    const nic = this.#functions.get(name);
    if (nic === undefined) throw new HwError('NotFound', `this host has no NIC ${name}`);
    return nic;
  }

  /** Takes a NIC out, with its virtual functions: links first, the PCI folder last. */
  async unplug(name: string): Promise<void> {
    const nic = this.nic(name);
    for (const vf of this.functions()) if (vf.parent === name) await this.unplug(vf.name);
    this.#hide(nic, activeLayers(this.#modules));
    removePath(this.root, `/sys/bus/pci/devices/${nic.pciAddress}`);
    removePath(this.root, nic.folder);
    if (nic.vfIndex !== undefined && nic.parent !== undefined) {
      removePath(this.root, `${this.nic(nic.parent).folder}/virtfn${nic.vfIndex}`);
    }
    this.#functions.delete(name);
  }

  /** Puts a NIC into the first free slot; resolves with its device name. */
  async plug(spec: NicSpec): Promise<string> {
    const nic = await this.#addPhysical(spec);
    await this.#addVirtual(nic);
    return nic.name;
  }

  /** Brings a link up or down; coming up again counts as one link restart. */
  async setLink(name: string, state: 'up' | 'down'): Promise<void> {
    const nic = this.nic(name);
    for (const [path, content] of linkChange(this.root, nic, state, this.#clock.now())) {
      replaceFile(this.root, path, content);
    }
  }

  /** Replaces one file of the PCI device folder, e.g. `properties/nid`, in one step and as given. */
  async write(name: string, file: string, content: string | Uint8Array): Promise<void> {
    replaceFile(this.root, `${this.nic(name).folder}/${file}`, content);
  }

  /** Removes a file or folder of the PCI device folder. */
  async remove(name: string, file: string): Promise<void> {
    removePath(this.root, `${this.nic(name).folder}/${file}`);
  }

  /** What a file of the PCI device folder says, without the newline. */
  read(name: string, file: string): string {
    return readFileSync(this.root.path(`${this.nic(name).folder}/${file}`), 'utf8').replace(/\n$/, '');
  }

  /** Loads and unloads modules: what they show in sysfs and /dev comes and goes with them. */
  async setModules(modules: readonly string[]): Promise<void> {
    const before = activeLayers(this.#modules);
    const after = activeLayers(modules);
    const gone = this.#modules.filter((module) => !modules.includes(module));
    for (const nic of this.functions()) {
      this.#hide(nic, before.filter((layer) => !after.includes(layer)).reverse());
    }
    for (const path of gone.flatMap((module) => [
      `/sys/module/${module}`,
      ...(moduleFolders[module] ?? []),
    ])) {
      removePath(this.root, path);
    }
    this.#modules = [...modules];
    const [proc, ...sys] = moduleTree(modules);
    if (proc?.kind === 'file') replaceFile(this.root, proc.path, proc.content);
    writeTree(this.root, sys);
    for (const nic of this.functions()) {
      this.#show(
        nic,
        after.filter((layer) => !before.includes(layer)),
      );
    }
  }

  /** The modules loaded now. */
  get modules(): readonly string[] {
    return this.#modules;
  }

  /** Lets `seconds` of traffic pass: telemetry of every NIC whose link is up grows. */
  async passTraffic(seconds: number): Promise<void> {
    const now = this.#clock.now();
    for (const nic of this.functions()) {
      if (this.read(nic.name, 'properties/link') !== '1') continue;
      for (const counter of telemetryNames(nic.spec.telemetryFiles)) {
        const before = Number.parseInt(this.read(nic.name, `telemetry/${counter}`), 10);
        const value = before + Math.round(seconds * telemetryRate(counter));
        replaceFile(this.root, `${nic.folder}/telemetry/${counter}`, `${telemetryValue(value, now)}\n`);
      }
    }
  }

  /**
   * The process that serves the NIC now, or undefined. What a handler left that
   * was killed with all of its container is cleaned up first, for the kernel.
   */
  retryHandlerPid(name: string): number | undefined {
    return handlerPid(this.root, { name });
  }

  /** Decides how handlers of the NIC that start from now on misbehave; `{}` heals them. */
  async setRetryHandlerBehaviour(name: string, behaviour: HandlerBehaviour): Promise<void> {
    const { behaviour: path } = handlerPaths('', this.nic(name).name);
    replaceFile(this.root, path, JSON.stringify(behaviour));
  }

  /** Kills (SIGKILL) the handler that serves the NIC; resolves once the kernel has cleaned up after it. */
  async killRetryHandler(name: string): Promise<void> {
    await killHandlerOf(this.root, this.nic(name), this.#clock);
  }

  async #addPhysical(spec: NicSpec): Promise<NicFunction> {
    const taken = new Set(this.functions().map((nic) => nic.slot));
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return this.#add(this.#decide(spec, slot));
  }

  async #addVirtual(pf: NicFunction): Promise<void> {
    for (let index = 0; index < Math.min(pf.spec.vfs ?? 0, 64); index++) {
      const { name: _, ...spec } = pf.spec;
      const vf = this.#decide(spec, pf.slot, { parent: pf.name, vfIndex: index });
      writeTree(this.root, virtualFunctionLinks(pf, vf));
      this.#add(vf);
    }
  }

  #decide(spec: NicSpec, slot: number, virtual?: { parent: string; vfIndex: number }): NicFunction {
    const name = spec.name ?? `cxi${this.#nextNumber}`;
    if (this.#functions.has(name)) throw new HwError('AlreadyExists', `${name} is plugged in already`);
    const number = Number(/^cxi(\d+)$/.exec(name)?.[1] ?? -1);
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    const { nidBase = 0x10, numaNodes = 4 } = this.#spec;
    return nicFunction({ name, spec, slot, nidBase, numaNodes, ...virtual });
  }

  #add(nic: NicFunction): NicFunction {
    writeTree(this.root, pciTree(nic, this.#spec.numaNodes ?? 4));
    this.#functions.set(nic.name, nic);
    this.#show(nic, activeLayers(this.#modules));
    return nic;
  }

  #show(nic: NicFunction, layers: readonly ReturnType<typeof activeLayers>[number][]): void {
    for (const layer of layers) {
      const entries: TreeEntry[] = layerTree(layer, nic, this.#clock.now());
      writeTree(this.root, entries);
      if (layer === 'cxi_user') addDeviceNode(this.root, nic, this.#spec.devNodes ?? 'file');
      if (layer === 'cxi_ss1') replaceFile(this.root, `${nic.folder}/uevent`, uevent(nic));
    }
  }

  #hide(nic: NicFunction, layers: readonly ReturnType<typeof activeLayers>[number][]): void {
    for (const layer of layers) {
      if (layer === 'cxi_user') removePath(this.root, `/dev/${nic.name}`);
      for (const path of layerRoots(layerTree(layer, nic, 0), nic.folder)) removePath(this.root, path);
      if (layer === 'cxi_ss1') replaceFile(this.root, `${nic.folder}/uevent`, uevent(nic, false));
    }
  }
}
