import type { Clock } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import type { KernelModule } from './kernel-modules.ts';
import type { PciSlots } from './pci-slots.ts';
import type { TriggerSource } from './triggers.ts';

/** What hardware finds in the host it is put into. */
export interface HostContext {
  readonly root: HostRoot;
  readonly clock: Clock;
  readonly numaNodes: number;
  readonly devNodes: 'file' | 'char';
  readonly pci: PciSlots;
  /** The kernel modules loaded now. */
  modules(): readonly string[];
}

/** The hardware of one kind in one host. */
export interface Hardware {
  /** Writes what is there once the machine runs; the host's own files are there. */
  start(): Promise<void>;
  /**
   * The machine loses its power: /sys, /proc, /dev, /run and /tmp will be empty.
   * What numbers the next start gives is decided here. `start` follows.
   */
  powerOff(): void;
  /** Its files that make the kernel do something when they are written to. */
  readonly triggers?: TriggerSource | undefined;
}

/** Modules are loaded and unloaded. */
export interface ModuleChange {
  readonly root: HostRoot;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly nowMs: number;
}

/** The drivers of one kind of hardware; they work on any host, whoever made it. */
export interface Drivers {
  readonly modules: readonly KernelModule[];
  /** What drivers that are about to go showed disappears. */
  unbind(change: ModuleChange): void;
  /** What drivers that have come show appears. */
  bind(change: ModuleChange): void;
}

/** A kind of hardware a host may have. */
export interface HostKind<Spec, Kind extends Hardware> extends Drivers {
  /** Modules loaded on a host with this hardware; none if the spec does not name the kind. */
  defaultModules(spec: Spec): readonly string[];
  create(context: HostContext, spec: Spec): Kind;
}
