import { HwError } from '@rackwright/core';
import { hex, pciPlace } from '../host/pci-slots.ts';
import { checkDrive } from './check.ts';
import { healthyDrive, type SmartLog } from './smart.ts';
import type { NvmeNamespaceSpec, NvmeSpec } from './spec.ts';

/** What the kernel says of a controller (drivers/nvme/host/core.c, nvme_sysfs_show_state). */
export type ControllerState =
  | 'new'
  | 'live'
  | 'resetting'
  | 'connecting'
  | 'deleting'
  | 'deleting (no IO)'
  | 'dead';

/** How a drive takes commands that are no reads or writes, such as that for its SMART log. */
export interface AdminBehaviour {
  readonly delayMs: number;
  readonly fails: boolean;
}

/** What the kernel has of a drive: all of it, its PCI device without a driver, or nothing any more. */
export type Presence = 'bound' | 'unbound' | 'removed';

/** What comes of attempts to bring a drive back. */
export interface Cures {
  /** Of a reset: it works again, nothing is better, the reset never ends, or it ends with a dead drive. */
  readonly reset: 'heals' | 'useless' | 'hangs' | 'kills';
  /** Of being found anew on the PCI bus: it works again, its driver gives up, or it is not found. */
  readonly probe: 'heals' | 'useless' | 'missing';
  /** Of a scan for namespaces: those that were lost are found again, or not. */
  readonly scan: 'heals' | 'useless';
}

/** A controller with everything about it decided. */
export interface NvmeController
  extends Omit<Required<NvmeSpec>, 'smart' | 'namespaces' | 'maxLinkSpeed' | 'maxLinkWidth'> {
  /** What stays the same whatever number the kernel gives it; unique on the host. */
  readonly id: number;
  /** The N of nvmeN. */
  readonly instance: number;
  readonly state: ControllerState;
  readonly maxLinkSpeed: string;
  readonly maxLinkWidth: number;
  readonly namespaces: readonly NvmeNamespace[];
  readonly smart: SmartLog;
  readonly admin: AdminBehaviour;
  readonly presence: Presence;
  readonly cures: Cures;
  /** Namespaces the kernel has lost. */
  readonly lost: readonly number[];
  /** Another drive that is in the slot by now, which the kernel finds at its next look. */
  readonly replacement: NvmeSpec | undefined;
}

/** A namespace with everything about it decided. */
export interface NvmeNamespace extends Required<NvmeNamespaceSpec> {}

/** The NVMe drives of a host, in the order the kernel finds them. */
export interface NvmeState {
  readonly controllers: readonly NvmeController[];
  /** How many there have ever been. */
  readonly made: number;
}

/** The drives a host has at first. */
export function firstState(specs: readonly NvmeSpec[]): NvmeState {
  const none: NvmeState = { controllers: [], made: 0 };
  return specs.reduce((state, spec) => withController(state, newController(state, spec)), none);
}

/**
 * A controller the host does not have yet, under the lowest number that is free.
 *
 * @throws HwError InvalidArgument for what no drive can be
 */
export function newController(state: NvmeState, spec: NvmeSpec): NvmeController {
  checkDrive(spec);
  return nvmeController(spec, state.made, freeInstance(state));
}

/** Controllers the kernel has, in the order it found them. */
export function boundControllers({ controllers }: NvmeState): NvmeController[] {
  return controllers.filter(({ presence }) => presence === 'bound');
}

/** The lowest number no controller has. */
export function freeInstance(state: NvmeState): number {
  const taken = new Set(boundControllers(state).map(({ instance }) => instance));
  let instance = 0;
  while (taken.has(instance)) instance += 1;
  return instance;
}

/**
 * With one more controller.
 *
 * @throws HwError AlreadyExists if its slot is taken
 */
export function withController(state: NvmeState, controller: NvmeController): NvmeState {
  const other = state.controllers.find(({ address }) => address === controller.address);
  if (other !== undefined) {
    throw new HwError('AlreadyExists', `${other.serial} is at ${controller.address} already`);
  }
  return { controllers: [...state.controllers, controller], made: Math.max(state.made, controller.id + 1) };
}

function nvmeController(spec: NvmeSpec, id: number, instance: number): NvmeController {
  const serial = spec.serial ?? `AI1E2T0240${String(id + 1).padStart(6, '0')}`;
  const vendor = spec.vendor ?? 0x1987;
  const linkSpeed = spec.linkSpeed ?? '16.0 GT/s PCIe';
  const linkWidth = spec.linkWidth ?? 4;
  const transport = spec.transport ?? 'pcie';
  return {
    id,
    instance,
    state: 'live',
    model: spec.model ?? 'PASCARI AI100E',
    serial,
    firmware: spec.firmware ?? 'EIFZ00.1',
    address: addressOf(spec, transport, id),
    numaNode: spec.numaNode ?? 0,
    vendor,
    device: spec.device ?? 0x5026,
    subsystemVendor: spec.subsystemVendor ?? vendor,
    subsystemDevice: spec.subsystemDevice ?? 0x5026,
    linkSpeed,
    linkWidth,
    maxLinkSpeed: spec.maxLinkSpeed ?? linkSpeed,
    maxLinkWidth: spec.maxLinkWidth ?? linkWidth,
    transport,
    cntlid: spec.cntlid ?? 1,
    cntrltype: spec.cntrltype ?? 'io',
    subsysnqn: spec.subsysnqn ?? `nqn.2019-10.com.phison:nvme:${serial}`,
    namespaces: (spec.namespaces ?? [{}]).map((namespace, i) => nvmeNamespace(namespace, id, i)),
    smart: { ...healthyDrive, ...spec.smart },
    hwmon: spec.hwmon ?? true,
    admin: wellBehaved,
    presence: 'bound',
    cures: curable,
    lost: [],
    replacement: undefined,
  };
}

/** Of a drive that answers at once. */
export const wellBehaved: AdminBehaviour = { delayMs: 0, fails: false };

/** Of a drive whose faults are transient. */
export const curable: Cures = { reset: 'heals', probe: 'heals', scan: 'heals' };

function nvmeNamespace(spec: NvmeNamespaceSpec, controller: number, place: number): NvmeNamespace {
  const nsid = spec.nsid ?? place + 1;
  return {
    nsid,
    sectors: spec.sectors ?? 3_907_029_168,
    logicalBlockBytes: spec.logicalBlockBytes ?? 512,
    physicalBlockBytes: spec.physicalBlockBytes ?? 4096,
    readOnly: spec.readOnly ?? false,
    wwid: spec.wwid ?? `eui.6479a7${hex(controller + 1, 8)}${hex(nsid, 2)}`,
    partitions: spec.partitions ?? [],
  };
}

/** PCI slots of drives lie between those of NICs. */
function addressOf(spec: NvmeSpec, transport: string, id: number): string {
  if (transport !== 'pcie') return spec.address ?? `traddr=192.0.2.${id + 1},trsvcid=4420`;
  const address = spec.address ?? `${hex(Math.floor(id / 7), 4)}:${hex(0x11 + 0x20 * (id % 7), 2)}:00.0`;
  return pciPlace(address).address;
}
