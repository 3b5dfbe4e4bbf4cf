import type { Clock } from '@rackwright/core';
import type { DriveSpec, GuestNeed, NvdimmSpec, ProgramResolver, VirtualMachine } from '@rackwright/testbed';
import type { Case } from '../case.ts';

/** What a case on a virtual machine works with. */
export interface MachineEnvironment {
  readonly machine: VirtualMachine;
  readonly drives: readonly DriveSpec[];
  /** Programs of a cluster, for cases that run some of them in the guest. */
  readonly programs: ProgramResolver;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * What one family of the registry brings to virtual machines:
 * `vm/<family>/suite.ts` exports one as `suite`. A case has a machine for
 * itself, which is on when it begins; it leaves it so that the next can use it.
 */
export interface MachineSuite {
  readonly drives: readonly DriveSpec[];
  /** Persistent memory of the machine; default none. */
  readonly nvdimms?: readonly NvdimmSpec[];
  /** Modules that the kernel does not load by itself. */
  readonly modules: readonly string[];
  /** Programs that run in the guest, by name: files whose bundles they are. */
  readonly programs: Readonly<Record<string, string>>;
  /** Programs of the host's packages that run in the guest. */
  readonly needs: readonly GuestNeed[];
  readonly cases: readonly Case<MachineEnvironment>[];
}
