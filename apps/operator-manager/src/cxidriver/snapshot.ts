import { compareText } from '@rackwright/core';
import { cxi, kubernetes } from '@rackwright/keys';
import type { ConfigMap, DaemonSet, KubeObject, Node } from '@rackwright/kube';
import { activeDriver, recordedDriver } from './singleton.ts';

/** All that one reconcile decides from, read from the caches at one moment. */
export interface Snapshot {
  /** Name of the CXIDriver. */
  readonly name: string;
  /** The CXIDriver as it is stored; undefined when it is gone. */
  readonly driver: KubeObject | undefined;
  /** Every CXIDriver of the cluster. */
  readonly drivers: readonly KubeObject[];
  /** Name of the one that counts. */
  readonly active: string | undefined;
  /** ConfigMap that tells older tools which driver is active. */
  readonly record: ConfigMap | undefined;
  /** Name of the one it tells. */
  readonly recorded: string | undefined;
  /** What exists for this driver, in all namespaces. */
  readonly daemonSets: readonly DaemonSet[];
  /** Accounts and bindings of this driver. */
  readonly accounts: readonly KubeObject[];
  /** Names of other drivers whose DaemonSets still exist. */
  readonly occupants: readonly string[];
  /** Nodes that must be rebooted, of every driver. */
  readonly rebootNodes: readonly Node[];
  /** When it was taken, in milliseconds since the epoch. */
  readonly now: number;
}

/** What a snapshot is taken from. */
export interface Caches {
  readonly drivers: Cache<KubeObject>;
  readonly configMaps: Cache<ConfigMap>;
  /** Only objects the operator manages. */
  readonly daemonSets: Cache<DaemonSet>;
  readonly serviceAccounts: Cache<KubeObject>;
  readonly clusterRoleBindings: Cache<KubeObject>;
  /** Only Nodes that must be rebooted. */
  readonly rebootNodes: Pick<Cache<Node>, 'list'>;
}

interface Cache<T extends KubeObject> {
  get(key: string): T | undefined;
  list(): readonly T[];
  byIndex(index: string, value: string): readonly T[];
}

/** Index of the caches: objects by the driver they belong to. */
export const byDriver = 'driver';

/** The driver an object belongs to, by its label. */
export function driverOf(object: KubeObject): string[] {
  const name = object.metadata?.labels?.[kubernetes.label.instance];
  return name === undefined ? [] : [name];
}

/** What no CXIDriver owns is not taken away with one, so nobody may wait for it. */
function isOwned({ metadata }: KubeObject): boolean {
  return metadata?.ownerReferences?.some(({ kind }) => kind === 'CXIDriver') === true;
}

/** The agents that a driver is rolled out with. */
export interface Agents {
  readonly namespace: string;
  readonly daemonSets: readonly DaemonSet[];
  /** Accounts of that namespace and of those where no agents run, and bindings. */
  readonly accounts: readonly KubeObject[];
}

/**
 * Agents stay in the namespace in which they run: a pod cannot change it, and a
 * retry handler that is started anew under traffic can cost a reboot. So the
 * agents of an installation that is gone are looked after where they are; only
 * a driver without agents gets them in our `own` namespace.
 */
export function agentsOf({ daemonSets, accounts }: Snapshot, own: string): Agents {
  const namespaces = daemonSets.toSorted(byAge).map(namespaceOf);
  const namespace = namespaces.includes(own) ? own : (namespaces[0] ?? own);
  const elsewhere = new Set(namespaces.filter((name) => name !== namespace));
  return {
    namespace,
    daemonSets: daemonSets.filter((object) => namespaceOf(object) === namespace),
    accounts: accounts.filter((object) => !elsewhere.has(namespaceOf(object))),
  };
}

function namespaceOf({ metadata }: KubeObject): string {
  return metadata?.namespace ?? '';
}

function byAge(a: KubeObject, b: KubeObject): number {
  const created = ({ metadata }: KubeObject): string => metadata?.creationTimestamp ?? '';
  return compareText(created(a), created(b)) || compareText(namespaceOf(a), namespaceOf(b));
}

export function takeSnapshot(
  name: string,
  caches: Caches,
  { namespace, now }: { namespace: string; now: number },
): Snapshot {
  const occupants = new Set(caches.daemonSets.list().filter(isOwned).flatMap(driverOf));
  occupants.delete(name);
  const drivers = caches.drivers.list();
  const record = caches.configMaps.get(`${namespace}/${cxi.singletonConfigMap}`);
  return {
    name,
    driver: caches.drivers.get(name),
    drivers,
    active: activeDriver(drivers),
    record,
    recorded: recordedDriver(record),
    daemonSets: caches.daemonSets.byIndex(byDriver, name),
    accounts: [
      ...caches.serviceAccounts.byIndex(byDriver, name),
      ...caches.clusterRoleBindings.byIndex(byDriver, name),
    ],
    occupants: [...occupants].sort(),
    rebootNodes: caches.rebootNodes.list(),
    now,
  };
}
