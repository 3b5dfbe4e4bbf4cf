import { type KubeClient, type KubeObject, keyOf, type ResourceType } from '@rackwright/kube';
import { driverOf } from '../../../../apps/operator-manager/src/cxidriver/snapshot.ts';
import type { Writer } from '../../../../apps/operator-manager/src/cxidriver/steps.ts';

/** Objects of one kind in memory, read as the operator reads its caches. */
class Shelf {
  readonly objects = new Map<string, KubeObject>();

  get(key: string): never {
    return this.objects.get(key) as never;
  }

  list(): never {
    return [...this.objects.values()] as never;
  }

  byIndex(_index: string, value: string): never {
    return [...this.objects.values()].filter((object) => driverOf(object).includes(value)) as never;
  }
}

/** An API server in memory that counts what it is asked. */
export class StoredWorld {
  readonly caches = {
    drivers: new Shelf(),
    configMaps: new Shelf(),
    daemonSets: new Shelf(),
    serviceAccounts: new Shelf(),
    clusterRoleBindings: new Shelf(),
    rebootNodes: new Shelf(),
  };
  writes = 0;
  /** Reads that a cache should have spared. */
  reads = 0;
  #version = 0;

  /** The calls the operator writes with. */
  get client(): Writer {
    const store = <T extends KubeObject>(type: ResourceType<T>, object: KubeObject): Promise<T> =>
      Promise.resolve(this.#store(type.plural, object) as T);
    const client = {
      apply: <T extends KubeObject>(type: ResourceType<T>, object: T) => store(type, object),
      create: <T extends KubeObject>(type: ResourceType<T>, object: T) => store(type, object),
      update: <T extends KubeObject>(type: ResourceType<T>, object: T) => store(type, object),
      patch: <T extends KubeObject>(type: ResourceType<T>, key: { name: string }, patch: unknown) => {
        const object = patch as KubeObject;
        return store(type, { ...object, metadata: { ...object.metadata, name: key.name } });
      },
      delete: () => Promise.resolve(),
      list: () => {
        this.reads += 1;
        return Promise.resolve({ items: [], resourceVersion: '1' });
      },
    };
    return client as unknown as KubeClient;
  }

  #store(plural: string, object: KubeObject): KubeObject {
    this.writes += 1;
    this.#version += 1;
    const shelf = (this.caches as Record<string, Shelf>)[shelfOf(plural)] ?? this.caches.configMaps;
    const before = shelf.objects.get(keyOf(object));
    const metadata = {
      uid: `uid-${this.#version}`,
      ...before?.metadata,
      ...object.metadata,
      resourceVersion: String(this.#version),
    };
    const stored = { ...before, ...object, metadata };
    shelf.objects.set(keyOf(object), stored);
    return stored;
  }

  /** Says of every DaemonSet that it is rolled out on `nodes` nodes, as its controller would. */
  rollOut(nodes: number): void {
    const count = {
      desiredNumberScheduled: nodes,
      currentNumberScheduled: nodes,
      updatedNumberScheduled: nodes,
    };
    const status = {
      observedGeneration: 1,
      ...count,
      numberReady: nodes,
      numberAvailable: nodes,
      numberMisscheduled: 0,
    };
    for (const [key, object] of this.caches.daemonSets.objects) {
      const metadata = { ...object.metadata, generation: 1 };
      this.caches.daemonSets.objects.set(key, { ...object, metadata, ...{ status } });
    }
  }
}

function shelfOf(plural: string): string {
  const names: Readonly<Record<string, string>> = {
    cxidrivers: 'drivers',
    daemonsets: 'daemonSets',
    serviceaccounts: 'serviceAccounts',
    clusterrolebindings: 'clusterRoleBindings',
  };
  return names[plural] ?? 'configMaps';
}
