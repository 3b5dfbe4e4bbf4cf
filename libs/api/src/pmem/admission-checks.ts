import { type KubeObject, type PersistentVolume, resources } from '@rackwright/kube';
import type { AdmissionCheck, ClusterView } from '../admission/admission.ts';
import {
  type AskedDriver,
  otherDriver,
  type ReadDriver,
  readCentral,
  readNodeLocal,
  sharesName,
  usesMemory,
} from './asked-drivers.ts';
import { pmemCsiDeployments, pmemDeployments } from './resources.ts';

const kinds = [pmemCsiDeployments, pmemDeployments];
const volumes = [resources.persistentVolumes];

/** What must be looked up in the cluster about an object, or compared with what it was. */
function checksOf(read: ReadDriver): readonly AdmissionCheck[] {
  const driverOf = (object: KubeObject | undefined) => (object === undefined ? undefined : read(object));
  return [
    {
      ...{
        name: 'name-taken',
        field: 'metadata.name',
        action: 'warn',
        on: ['CREATE', 'UPDATE'],
        reads: kinds,
      },
      failure: async ({ object }, cluster) => {
        const own = driverOf(object);
        const other = own && (await otherDriver(cluster, own, (one) => sharesName(one, own)));
        if (own === undefined || other === undefined) return undefined;
        const what =
          other.name === own.name ? `the CSI driver ${own.name}` : `what is called ${own.prefix}-…`;
        return `${what} is already that of ${other.object}; this one waits until that is gone`;
      },
    },
    {
      ...{ name: 'nodes-shared', field: 'spec.nodeSelector', action: 'warn', reads: kinds },
      failure: async ({ object }, cluster) => {
        const own = driverOf(object);
        const other = own && (await otherDriver(cluster, own, (one) => sharesNodes(one, own)));
        return other === undefined
          ? undefined
          : `spec.nodeSelector selects nodes of ${other.object} too: two drivers share persistent memory only where the spec.pmemPercentage of both leaves room for the other`;
      },
    },
    {
      ...{
        name: 'device-mode-changed',
        field: 'spec.deviceMode',
        action: 'warn',
        on: ['UPDATE'],
        reads: volumes,
      },
      failure: async ({ object, before }, cluster) => {
        const [own, old] = [driverOf(object), driverOf(before)];
        if (own === undefined || old === undefined || own.deviceMode === old.deviceMode) return undefined;
        return (await hasVolumes(cluster, own.name))
          ? `spec.deviceMode was ${old.deviceMode}, and there are volumes of it: see that pods can still use them, or change it back`
          : undefined;
      },
    },
    {
      ...{ name: 'less-memory', field: 'spec.pmemPercentage', action: 'warn', on: ['UPDATE'], reads: [] },
      failure: async ({ object, before }) => {
        const [own, old] = [driverOf(object), driverOf(before)];
        return own !== undefined && old !== undefined && own.pmemPercentage < old.pmemPercentage
          ? `spec.pmemPercentage was ${old.pmemPercentage}: the driver gives nothing back that it has`
          : undefined;
      },
    },
    {
      ...{
        name: 'deleted-with-volumes',
        field: 'metadata.name',
        action: 'warn',
        on: ['DELETE'],
        reads: volumes,
      },
      failure: async ({ before }, cluster) => {
        const old = driverOf(before);
        return old !== undefined && (await hasVolumes(cluster, old.name))
          ? `there are volumes of ${old.name}: they and their data stay, and pods can use them again once there is a driver of this name`
          : undefined;
      },
    },
  ];
}

/** Every node of one of them is a node of the other. */
function sharesNodes(one: AskedDriver, other: AskedDriver): boolean {
  const within = (a: AskedDriver, b: AskedDriver) =>
    Object.entries(b.nodeSelector).every(([key, value]) => a.nodeSelector[key] === value);
  return usesMemory(one) && usesMemory(other) && (within(one, other) || within(other, one));
}

function hasVolumes(cluster: ClusterView, driver: string): Promise<boolean> {
  return cluster.some<PersistentVolume>(
    resources.persistentVolumes,
    ({ spec }) => spec?.csi?.driver === driver,
  );
}

export const pmemCsiDeploymentChecks = checksOf(readNodeLocal);
export const pmemDeploymentChecks = checksOf(readCentral);
