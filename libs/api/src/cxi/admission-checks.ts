import { type KubeObject, type Pod, resources } from '@rackwright/kube';
import type { AdmissionCheck } from '../admission/admission.ts';
import { valueAt } from '../admission/evaluate.ts';
import { cxiDrivers } from './resources.ts';

const place = 'spec.devicePlugin.resourceName';

/** A resource that running pods hold must not lose its name: their NICs would be counted as free. */
const resourceNameInUse: AdmissionCheck = {
  name: 'resource-name-in-use',
  field: place,
  action: 'deny',
  on: ['UPDATE'],
  reads: [resources.pods],
  failure: async ({ object, before }, cluster) => {
    const [old, next] = [valueAt(place, { object: before }), valueAt(place, { object })];
    if (typeof old !== 'string' || old === '' || old === next) return undefined;
    const used = await cluster.some(resources.pods, (pod) => isLive(pod) && asksFor(pod, old));
    return used
      ? `${place} must stay ${old} while pods use it; end them first, or offer the new name as spec.devicePlugin.legacyResourceName`
      : undefined;
  },
};

function isLive({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function asksFor({ spec }: Pod, resource: string): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers.some(
    ({ resources: asked }) =>
      asked?.limits?.[resource] !== undefined || asked?.requests?.[resource] !== undefined,
  );
}

/** One CXIDriver is active in a cluster; the others wait until it is gone. */
const secondDriver: AdmissionCheck = {
  name: 'second-driver',
  field: 'metadata.name',
  action: 'warn',
  on: ['CREATE'],
  reads: [cxiDrivers],
  failure: async ({ name }, cluster) => {
    let other: string | undefined;
    await cluster.some<KubeObject>(cxiDrivers, ({ metadata }) => {
      if (metadata?.name !== name && metadata?.deletionTimestamp === undefined) other = metadata?.name;
      return other !== undefined;
    });
    return other === undefined
      ? undefined
      : `the CXIDriver ${other} is there already; this one waits, since one is active in a cluster: the oldest`;
  },
};

/** What must be looked up in the cluster about a CXIDriver. */
export const cxiDriverChecks: readonly AdmissionCheck[] = [resourceNameInUse, secondDriver];
