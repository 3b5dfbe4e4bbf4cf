import { cxiKind } from './cxi/cxi-hardware.ts';
import type { Drivers, HostContext } from './host/hardware.ts';
import type { HostEquipment } from './host/host-core.ts';
import type { CoreSpec } from './host/spec.ts';
import { nvmeKind } from './nvme/nvme-hardware.ts';
import { pmemKind } from './pmem/pmem-hardware.ts';

/** Every kind of hardware a simulated host may have: a new one is a folder and a line here. */
const hostKinds = {
  cxi: cxiKind,
  nvme: nvmeKind,
  pmem: pmemKind,
};

type Kinds = typeof hostKinds;
type SpecOf<Name extends keyof Kinds> = Parameters<Kinds[Name]['create']>[1];
type AllOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** A node to simulate: what every node has, and the keys of each kind of hardware. */
export type HostSpec = CoreSpec & AllOf<{ [Name in keyof Kinds]: SpecOf<Name> }[keyof Kinds]>;

/** The hardware of a host, by kind. */
export type HostHardware = { readonly [Name in keyof Kinds]: ReturnType<Kinds[Name]['create']> };

/** What the kinds of hardware a spec names bring along. */
export function equipmentOf(spec: HostSpec): HostEquipment {
  return {
    drivers: allDrivers,
    defaultModules: Object.values(hostKinds).flatMap((kind) => kind.defaultModules(spec)),
  };
}

/** The drivers of every kind. */
export const allDrivers: readonly Drivers[] = Object.values(hostKinds);

/** The hardware of a new host. */
export function hardwareOf(context: HostContext, spec: HostSpec): HostHardware {
  const made = Object.entries(hostKinds).map(([name, kind]) => [name, kind.create(context, spec)]);
  return Object.fromEntries(made) as HostHardware;
}
