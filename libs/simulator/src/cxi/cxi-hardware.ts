import { readFileSync } from 'node:fs';
import { compareNatural, HwError } from '@rackwright/core';
import { removePath, replaceFile } from '../host/atomic-files.ts';
import type { Hardware, HostContext, HostKind } from '../host/hardware.ts';
import { isVolatile } from '../host/system-tree.ts';
import { writeTree } from '../host/tree.ts';
import { bindNics, hideLayers, keepFunctions, showLayers, unbindNics } from './drivers.ts';
import { activeLayers } from './layers.ts';
import { linkChange } from './link-change.ts';
import { type NicFunction, nicFunction } from './nic.ts';
import { pciTree, virtualFunctionLinks } from './pci-tree.ts';
import type { HandlerBehaviour } from './retry-handler/behaviour.ts';
import { handlerPid, installRetryHandler, killHandlerOf } from './retry-handler/install.ts';
import { handlerPaths } from './retry-handler/paths.ts';
import { cxiModules, defaultCxiModules, softwareTree } from './software-tree.ts';
import type { CxiSpec, NicSpec } from './spec.ts';
import { telemetryNames, telemetryRate, telemetryValue } from './telemetry-tree.ts';

/** HPE Slingshot NICs. */
export const cxiKind: HostKind<CxiSpec, CxiHardware> = {
  modules: cxiModules,
  unbind: unbindNics,
  bind: bindNics,
  defaultModules: defaultCxiModules,
  create: (context, spec) => new CxiHardware(context, spec),
};

/** The Slingshot NICs of a host, and what can be done to them. */
export class CxiHardware implements Hardware {
  readonly #host: HostContext;
  readonly #spec: CxiSpec;
  readonly #functions = new Map<string, NicFunction>();
  #inSlots: readonly (readonly [slot: number, spec: NicSpec])[];
  #nextNumber = 0;
  #installed = false;

  constructor(host: HostContext, spec: CxiSpec) {
    this.#host = host;
    this.#spec = spec;
    this.#inSlots = (spec.nics ?? []).map((nic, slot) => [slot, nic]);
  }

  async start(): Promise<void> {
    if (this.#spec.nics !== undefined) await this.#install();
    for (const [slot, nic] of this.#inSlots) this.#add(this.#decide(nic, slot));
    for (const pf of this.functions()) this.#addVirtual(pf);
    this.#keep();
  }

  powerOff(): void {
    // The simulated kernel forgets a handler that died when it is asked for it.
    for (const name of this.#functions.keys()) this.retryHandlerPid(name);
    const cards = this.functions().filter((nic) => nic.kind === 'pf');
    this.#inSlots = cards.map(({ slot, spec }): [number, NicSpec] => [slot, spec]).sort(([a], [b]) => a - b);
    for (const nic of this.#functions.values()) this.#host.pci.free(nic.pciAddress);
    this.#functions.clear();
    this.#nextNumber = 0;
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
    hideLayers(this.#host.root, nic, activeLayers(this.#host.modules()));
    removePath(this.#host.root, `/sys/bus/pci/devices/${nic.pciAddress}`);
    removePath(this.#host.root, nic.folder);
    if (nic.vfIndex !== undefined && nic.parent !== undefined) {
      removePath(this.#host.root, `${this.nic(nic.parent).folder}/virtfn${nic.vfIndex}`);
    }
    this.#functions.delete(name);
    this.#keep();
    this.#host.pci.free(nic.pciAddress);
  }

  /** Puts a NIC into the first free slot; resolves with its device name. */
  async plug(spec: NicSpec): Promise<string> {
    const nic = this.#addPhysical(spec);
    this.#addVirtual(nic);
    this.#keep();
    return nic.name;
  }

  /** Brings a link up or down; coming up again counts as one link restart. */
  async setLink(name: string, state: 'up' | 'down'): Promise<void> {
    const nic = this.nic(name);
    for (const [path, content] of linkChange(this.#host.root, nic, state, this.#host.clock.now())) {
      replaceFile(this.#host.root, path, content);
    }
  }

  /** Replaces one file of the PCI device folder, e.g. `properties/nid`, in one step and as given. */
  async write(name: string, file: string, content: string | Uint8Array): Promise<void> {
    replaceFile(this.#host.root, `${this.nic(name).folder}/${file}`, content);
  }

  /** Removes a file or folder of the PCI device folder. */
  async remove(name: string, file: string): Promise<void> {
    removePath(this.#host.root, `${this.nic(name).folder}/${file}`);
  }

  /** What a file of the PCI device folder says, without the newline. */
  read(name: string, file: string): string {
    return readFileSync(this.#host.root.path(`${this.nic(name).folder}/${file}`), 'utf8').replace(/\n$/, '');
  }

  /** Lets `seconds` of traffic pass: telemetry of every NIC whose link is up grows. */
  async passTraffic(seconds: number): Promise<void> {
    const now = this.#host.clock.now();
    for (const nic of this.functions()) {
      if (this.read(nic.name, 'properties/link') !== '1') continue;
      for (const counter of telemetryNames(nic.spec.telemetryFiles)) {
        const before = Number.parseInt(this.read(nic.name, `telemetry/${counter}`), 10);
        const value = before + Math.round(seconds * telemetryRate(counter));
        replaceFile(this.#host.root, `${nic.folder}/telemetry/${counter}`, `${telemetryValue(value, now)}\n`);
      }
    }
  }

  /**
   * The process that serves the NIC now, or undefined. What a handler left that
   * was killed with all of its container is cleaned up first, for the kernel.
   */
  retryHandlerPid(name: string): number | undefined {
    return handlerPid(this.#host.root, { name });
  }

  /** Decides how handlers of the NIC that start from now on misbehave; `{}` heals them. */
  async setRetryHandlerBehaviour(name: string, behaviour: HandlerBehaviour): Promise<void> {
    const { behaviour: path } = handlerPaths('', this.nic(name).name);
    replaceFile(this.#host.root, path, JSON.stringify(behaviour));
  }

  /** Kills (SIGKILL) the handler that serves the NIC; resolves once the kernel has cleaned up after it. */
  async killRetryHandler(name: string): Promise<void> {
    await killHandlerOf(this.#host.root, this.nic(name), this.#host.clock);
  }

  async #install(): Promise<void> {
    const entries = softwareTree(this.#spec);
    writeTree(this.#host.root, this.#installed ? entries.filter(({ path }) => isVolatile(path)) : entries);
    if (!this.#installed && this.#spec.cxiRh !== false) await installRetryHandler(this.#host.root);
    this.#installed = true;
  }

  #keep(): void {
    keepFunctions(this.#host, this.functions());
  }

  #addPhysical(spec: NicSpec): NicFunction {
    const taken = new Set(this.functions().map((nic) => nic.slot));
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return this.#add(this.#decide(spec, slot));
  }

  #addVirtual(pf: NicFunction): void {
    for (let index = 0; index < Math.min(pf.spec.vfs ?? 0, 64); index++) {
      const { name: _, ...spec } = pf.spec;
      const vf = this.#decide(spec, pf.slot, { parent: pf.name, vfIndex: index });
      writeTree(this.#host.root, virtualFunctionLinks(pf, vf));
      this.#add(vf);
    }
  }

  #decide(spec: NicSpec, slot: number, virtual?: { parent: string; vfIndex: number }): NicFunction {
    const name = spec.name ?? `cxi${this.#nextNumber}`;
    if (this.#functions.has(name)) throw new HwError('AlreadyExists', `${name} is plugged in already`);
    const number = Number(/^cxi(\d+)$/.exec(name)?.[1] ?? -1);
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    const { nidBase = 0x10 } = this.#spec;
    return nicFunction({ name, spec, slot, nidBase, numaNodes: this.#host.numaNodes, ...virtual });
  }

  #add(nic: NicFunction): NicFunction {
    this.#host.pci.take(nic.pciAddress, nic.name);
    writeTree(this.#host.root, pciTree(nic, this.#host.numaNodes));
    this.#functions.set(nic.name, nic);
    showLayers(this.#host, nic, activeLayers(this.#host.modules()), this.#host.clock.now());
    return nic;
  }
}
