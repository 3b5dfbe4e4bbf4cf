import { HwError } from '@rackwright/core';
import type { HostContext, HostKind } from '../host/hardware.ts';
import type { KernelModule } from '../host/kernel-modules.ts';
import { ModelledHardware, modelDrivers } from '../host/modelled-hardware.ts';
import { addNamespace } from './namespaces.ts';
import { pmemModel } from './pmem-model.ts';
import type { PmemNamespace } from './region.ts';
import { type PmemRegion, type PmemState, regionNamed, updateRegion, withNamespaces } from './region.ts';
import type { PmemHostSpec, PmemNamespaceSpec } from './spec.ts';
import { firstState } from './state.ts';

const pmemModules: readonly KernelModule[] = [
  { name: 'libnvdimm', bytes: 241664, taint: '' },
  { name: 'nfit', bytes: 81920, needs: ['libnvdimm'], taint: '' },
  { name: 'nd_btt', bytes: 32768, needs: ['libnvdimm'], taint: '' },
  { name: 'nd_pmem', bytes: 28672, needs: ['libnvdimm', 'nd_btt'], taint: '' },
  { name: 'dax_pmem', needs: ['libnvdimm'], taint: '' },
  { name: 'device_dax', bytes: 20480, taint: '' },
];

/** Persistent memory. */
export const pmemKind: HostKind<PmemHostSpec, PmemHardware> = {
  ...modelDrivers(pmemModel),
  modules: pmemModules,
  defaultModules: (spec) => (spec.pmem === undefined ? [] : pmemModules.map(({ name }) => name)),
  create: (context, spec) => new PmemHardware(context, spec),
};

/** The persistent memory of a host, and what can be done to it; regions and namespaces are named as in sysfs. */
export class PmemHardware extends ModelledHardware<PmemState> {
  constructor(host: HostContext, { pmem }: PmemHostSpec) {
    super(host, pmemModel, pmem && firstState(pmem));
  }

  /** @throws HwError NotFound if there is no such region */
  region(name: string): PmemRegion {
    return regionNamed(this.state, name);
  }

  /**
   * Makes a namespace; returns its name.
   *
   * @throws HwError where ndctl or the kernel refuses
   */
  createNamespace(region: string, spec: PmemNamespaceSpec): string {
    let id = 0;
    this.change((state) => {
      const { id: number, namespaces } = regionNamed(state, region);
      const next = addNamespace(state, number, spec);
      id = regionNamed(next, region).namespaces.find((one) => !namespaces.includes(one))?.id ?? 0;
      return next;
    });
    return region.replace('region', 'namespace').concat(`.${id}`);
  }

  /** Takes a namespace and what holds it away; its bytes are free. */
  destroyNamespace(name: string): void {
    this.change((state) => {
      const { region, namespace } = namespaceNamed(state, name);
      return withNamespaces(
        state,
        region.id,
        region.namespaces.filter(({ id }) => id !== namespace.id),
      );
    });
  }

  /** Binds a namespace to its driver, or takes the driver away and with it the disk. */
  setNamespaceEnabled(name: string, enabled: boolean): void {
    this.change((state) => {
      const { region, namespace } = namespaceNamed(state, name);
      const namespaces = region.namespaces.map((one) =>
        one.id === namespace.id ? { ...one, enabled } : one,
      );
      return withNamespaces(state, region.id, namespaces);
    });
  }

  /** Changes a region. */
  update(name: string, change: Partial<PmemRegion>): void {
    this.change((state) => updateRegion(state, regionNamed(state, name).id, change));
  }

  /** Everything is enabled again, and volatile memory is as new. */
  protected override atReboot(state: PmemState): PmemState {
    const regions = state.regions.map((region) => ({
      ...region,
      enabled: true,
      namespaces: region.namespaces.map((namespace) => ({ ...namespace, enabled: true })),
    }));
    return { ...state, regions };
  }
}

function namespaceNamed(
  state: PmemState,
  name: string,
): { readonly region: PmemRegion; readonly namespace: PmemNamespace } {
  for (const region of state.regions) {
    const namespace = region.namespaces.find(({ id }) => `namespace${region.id}.${id}` === name);
    if (namespace !== undefined) return { region, namespace };
  }
  throw new HwError('NotFound', `this host has no ${name}`);
}
