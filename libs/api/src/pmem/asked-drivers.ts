import type { KubeObject } from '@rackwright/kube';
import type { ClusterView } from '../admission/admission.ts';
import { pmemDriverName } from './driver-name.ts';
import { pmemCsiDeployments, pmemDeployments } from './resources.ts';
import type { PmemCsiDeployment, PmemDeployment } from './types.ts';

/** What an object of either kind asks for, as far as others may be in its way. */
export interface AskedDriver {
  /** Kind and name of the object. */
  readonly object: string;
  /** Of the CSI driver. */
  readonly name: string;
  /** What the names of its objects begin with. */
  readonly prefix: string;
  readonly deviceMode: string;
  readonly pmemPercentage: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** Reads an object of one of the kinds. */
export type ReadDriver = (object: KubeObject) => AskedDriver;

export const readNodeLocal: ReadDriver = (object) =>
  read(pmemCsiDeployments.kind, object.metadata?.name ?? '', object as PmemCsiDeployment);

export const readCentral: ReadDriver = (object) =>
  read(pmemDeployments.kind, pmemDriverName(object as PmemDeployment), object as PmemDeployment);

function read(
  kind: string,
  driver: string,
  { metadata, spec }: PmemCsiDeployment | PmemDeployment,
): AskedDriver {
  const { name = '' } = metadata ?? {};
  return {
    object: `${kind} ${name}`,
    name: driver,
    prefix: name.replaceAll('.', '-'),
    deviceMode: spec?.deviceMode ?? 'lvm',
    pmemPercentage: spec?.pmemPercentage || 100,
    nodeSelector: spec?.nodeSelector ?? { storage: 'pmem' },
  };
}

/** Whether only one of both can have its objects: names of drivers, and of what is made for them, are there once. */
export function sharesName(one: AskedDriver, other: AskedDriver): boolean {
  return one.name === other.name || one.prefix === other.prefix;
}

/** Modes that use persistent memory. */
const realModes: readonly string[] = ['lvm', 'direct'];

/** Whether it takes persistent memory of its nodes. */
export function usesMemory({ deviceMode }: AskedDriver): boolean {
  return realModes.includes(deviceMode);
}

/** The first other object of either kind for which it holds. */
export async function otherDriver(
  cluster: ClusterView,
  own: AskedDriver,
  holds: (other: AskedDriver) => boolean,
): Promise<AskedDriver | undefined> {
  let found: AskedDriver | undefined;
  const look = (reader: ReadDriver) => (object: KubeObject) => {
    const other = reader(object);
    if (object.metadata?.deletionTimestamp === undefined && other.object !== own.object && holds(other))
      found = other;
    return found !== undefined;
  };
  await cluster.some(pmemCsiDeployments, look(readNodeLocal));
  if (found === undefined) await cluster.some(pmemDeployments, look(readCentral));
  return found;
}
