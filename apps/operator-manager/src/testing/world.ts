import { type CxiDriver, parseCxiDriver } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { type ConfigMap, type DaemonSet, type KubeObject, keyOf } from '@rackwright/kube';
import { type Plan, planDriver } from '../cxidriver/plan.ts';
import { type Caches, driverOf, type Snapshot, takeSnapshot } from '../cxidriver/snapshot.ts';
import { testSettings } from './fixtures.ts';

/** A cluster in memory, to try plans on: what the API server and its controllers would do to the objects. */
export class World {
  readonly drivers = new Map<string, KubeObject>();
  record: ConfigMap | undefined;
  readonly daemonSets = new Map<string, DaemonSet>();
  readonly accounts = new Map<string, KubeObject>();
  /** What the operator's clock says; deletions are at 01:00:00. */
  now = Date.parse('2026-01-01T01:00:10Z');
  #clock = 0;

  create(name: string, spec: object): void {
    if (this.drivers.has(name)) return;
    this.#clock += 1;
    const creationTimestamp = `2026-01-01T00:00:${String(this.#clock).padStart(2, '0')}Z`;
    const metadata = { name, uid: `uid-${this.#clock}`, generation: 1, creationTimestamp };
    this.drivers.set(name, { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata, ...{ spec } });
  }

  change(name: string, spec: object): void {
    const driver = this.drivers.get(name);
    if (driver !== undefined) this.drivers.set(name, { ...driver, ...{ spec } });
  }

  delete(name: string): void {
    const driver = this.drivers.get(name);
    if (driver === undefined) return;
    const metadata = { ...driver.metadata, deletionTimestamp: '2026-01-01T01:00:00Z' };
    this.drivers.set(name, { ...driver, metadata });
    this.#collect(name);
  }

  /** The last pods of everything that is being deleted have ended. */
  endPods(): void {
    for (const [key, { metadata }] of this.daemonSets) {
      if (metadata?.deletionTimestamp !== undefined) this.daemonSets.delete(key);
    }
  }

  /** What an operator's caches would hold. */
  caches(): Caches {
    const cache = <T extends KubeObject>(objects: ReadonlyMap<string, T>) => ({
      get: (key: string) => objects.get(key),
      list: () => [...objects.values()],
      byIndex: (_: string, value: string) =>
        [...objects.values()].filter((object) => driverOf(object).includes(value)),
    });
    const record = new Map(this.record === undefined ? [] : [[keyOf(this.record), this.record]]);
    const accounts = cache(this.accounts);
    return {
      drivers: cache(this.drivers),
      configMaps: cache(record),
      daemonSets: cache(this.daemonSets),
      serviceAccounts: accounts,
      clusterRoleBindings: cache(new Map()),
      rebootNodes: cache(new Map()),
    };
  }

  snapshot(name: string): Snapshot {
    return takeSnapshot(name, this.caches(), { namespace: testSettings.namespace, now: this.now });
  }

  /** Plans for one driver and carries the plan out. */
  reconcile(name: string): Plan {
    const plan = planDriver(this.snapshot(name), testSettings);
    if (plan.addFinalizer) this.#finalizers(name, [cxi.finalizer]);
    if (plan.record !== undefined) this.record = plan.record;
    for (const { metadata } of plan.orphan) this.daemonSets.delete(keyOf({ metadata: metadata ?? {} }));
    for (const daemonSet of plan.remove) this.#terminate(daemonSet);
    for (const { verb, object, background } of plan.actions) {
      const objects: Map<string, KubeObject> = object.kind === 'DaemonSet' ? this.daemonSets : this.accounts;
      const key = object.kind === 'DaemonSet' ? keyOf(object) : `${object.kind} ${keyOf(object)}`;
      if (verb === 'delete' && object.kind === 'DaemonSet' && background !== true)
        this.#terminate(object as DaemonSet);
      else if (verb === 'delete') objects.delete(key);
      else objects.set(key, object);
    }
    if (plan.dropFinalizer) {
      this.#finalizers(name, []);
      this.#collect(name);
    }
    return plan;
  }

  /** True when the plan asks for nothing. */
  static isIdle(plan: Plan): boolean {
    const { addFinalizer, record, orphan, remove, actions, cleanUp, dropFinalizer } = plan;
    return (
      !addFinalizer &&
      record === undefined &&
      !cleanUp &&
      !dropFinalizer &&
      orphan.length + remove.length + actions.length === 0
    );
  }

  /** The drivers that have DaemonSets. */
  occupants(): string[] {
    return [...new Set([...this.daemonSets.values()].flatMap(driverOf))].sort();
  }

  parsed(name: string): CxiDriver | undefined {
    const result = parseCxiDriver(this.drivers.get(name));
    return result.ok ? result.value : undefined;
  }

  #terminate(daemonSet: DaemonSet): void {
    const ending = { deletionTimestamp: '2026-01-01T01:00:00Z', finalizers: ['foregroundDeletion'] };
    const metadata = { ...daemonSet.metadata, ...ending };
    this.daemonSets.set(keyOf(daemonSet), { ...daemonSet, metadata });
  }

  #finalizers(name: string, finalizers: string[]): void {
    const driver = this.drivers.get(name);
    if (driver !== undefined)
      this.drivers.set(name, { ...driver, metadata: { ...driver.metadata, finalizers } });
  }

  /** What the API server and the garbage collector do with a deleted object nobody holds any more. */
  #collect(name: string): void {
    const metadata = this.drivers.get(name)?.metadata;
    if (metadata?.deletionTimestamp === undefined || (metadata.finalizers?.length ?? 0) > 0) return;
    this.drivers.delete(name);
    for (const objects of [this.daemonSets, this.accounts] as Map<string, KubeObject>[]) {
      for (const [key, object] of objects) if (driverOf(object).includes(name)) objects.delete(key);
    }
  }
}
