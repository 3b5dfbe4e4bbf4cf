import { hex, pciPlace } from '../host/pci-slots.ts';
import type { NicSpec } from './spec.ts';

/** A function of a NIC with everything about it decided. */
export interface NicFunction {
  readonly name: string;
  readonly kind: 'pf' | 'vf';
  readonly generation: 1 | 2;
  readonly spec: NicSpec;
  /** Number of the card on this host, from 0. */
  readonly slot: number;
  /** Number of the virtual function on its card, from 0; undefined on a physical function. */
  readonly vfIndex: number | undefined;
  /** Device name of the physical function, on a virtual one. */
  readonly parent: string | undefined;
  readonly pciAddress: string;
  /** Absolute host path of the PCI device folder. */
  readonly folder: string;
  readonly numaNode: number;
  readonly nid: number;
  readonly mac: string;
  readonly netdev: string;
  /** Minor number of /dev/cxiN; equal to the device number. */
  readonly minor: number;
}

export interface FunctionInput {
  readonly name: string;
  readonly spec: NicSpec;
  readonly slot: number;
  readonly nidBase: number;
  readonly numaNodes: number;
  readonly parent?: string;
  readonly vfIndex?: number;
}

/** What the driver shows while no fabric address is set. */
const UNSET_NID = 0xffffffff;

/** Vendor and device ids of shs-cxi-driver's PCI table. */
export function pciIds(nic: Pick<NicFunction, 'generation' | 'kind'>): { vendor: number; device: number } {
  if (nic.generation === 1) return { vendor: 0x17db, device: 0x0501 };
  return { vendor: 0x1590, device: nic.kind === 'pf' ? 0x0371 : 0x0372 };
}

/** Size in bytes of BAR 0: the driver tells a Cassini 1 PF from its VFs by it. */
export function barSize(nic: Pick<NicFunction, 'kind'>): number {
  return nic.kind === 'pf' ? 2 ** 31 : 2 ** 25;
}

/** Decides addresses and names of one function. */
export function nicFunction(input: FunctionInput): NicFunction {
  const { name, spec, slot, vfIndex, parent } = input;
  const functionNumber = vfIndex === undefined ? 0 : vfIndex + 1;
  const { address, folder } = pciPlace(pciAddress(slot, functionNumber));
  const nid =
    vfIndex === undefined
      ? (spec.nid ?? input.nidBase + slot)
      : ((input.nidBase + slot) * 64 + functionNumber) & 0xfffff;
  const netdev = spec.netdev ?? `hsn${slot}`;
  return {
    name,
    kind: vfIndex === undefined ? 'pf' : 'vf',
    generation: spec.generation,
    spec,
    slot,
    vfIndex,
    parent,
    pciAddress: address,
    folder,
    numaNode: spec.numaNode ?? slot % input.numaNodes,
    nid,
    mac: (vfIndex === undefined ? spec.mac : undefined) ?? macOf(nid, input.nidBase + slot),
    netdev: vfIndex === undefined ? netdev : `${netdev}v${vfIndex}`,
    minor: Number(/\d+$/.exec(name)?.[0] ?? 0) % 256,
  };
}

/**
 * The MAC a fabric manager assigns: 02:00:00 and the low 20 bits of the fabric
 * address. A NIC without one has the address of its maker; the driver derives
 * the fabric address from the low bits.
 */
function macOf(nid: number, fallback: number): string {
  const maker = nid === UNSET_NID ? 'f4:03:43' : '02:00:00';
  const low = hex((nid === UNSET_NID ? fallback : nid) & 0xfffff, 6);
  return `${maker}:${low.slice(0, 2)}:${low.slice(2, 4)}:${low.slice(4)}`;
}

/** Six cards per PCI domain, each behind its own root bus and port. */
function pciAddress(slot: number, functionNumber: number): string {
  const domain = hex(Math.floor(slot / 6), 4);
  const bus = 0x20 * (1 + (slot % 6)) + 1;
  return `${domain}:${hex(bus, 2)}:${hex(functionNumber >> 3, 2)}.${functionNumber & 7}`;
}
