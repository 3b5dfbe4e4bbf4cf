import { cxiDrivers } from '@rackwright/api';
import { Controller, type ControllerMetrics, Informer, type InformerOptions } from '@rackwright/controller';
import type { Clock, Latest, Logger, Runnable } from '@rackwright/core';
import { cxi, kubernetes } from '@rackwright/keys';
import { type EventRecorder, type KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { Accounts } from '../claim/accounts.ts';
import { Claims } from '../claim/claims.ts';
import { Exclusivity } from '../claim/exclusivity.ts';
import type { OwnInstallation } from '../claim/own-installation.ts';
import { DeviceSweep } from '../staleness/device-sweep.ts';
import { DriverHeartbeat } from '../staleness/driver-heartbeat.ts';
import { nameOf } from './manifests/identity.ts';
import { rebootSelector, trimRebootNode } from './reboot-nodes.ts';
import { CxiDriverReconciler } from './reconciler.ts';
import type { CxiSettings } from './settings.ts';
import { byDriver, driverOf } from './snapshot.ts';

/** What the CXIDriver controller needs. */
export interface CxiControllerOptions {
  readonly client: KubeClient;
  readonly installation: OwnInstallation;
  readonly events: Pick<EventRecorder, 'emit'>;
  /** For what is told of standing by. */
  readonly notices: Pick<EventRecorder, 'emit'>;
  readonly settings: CxiSettings;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
}

/**
 * A controller and the caches it decides from. The caches run on every replica,
 * the controller on the leader of the installation that looks after CXIDrivers.
 */
export interface CacheAndController {
  readonly informers: readonly Informer<KubeObject>[];
  readonly exclusivity: Exclusivity;
  readonly controller: Runnable;
  /** What the leader runs beside the controller. */
  readonly watchers: readonly Runnable[];
}

/** Builds the CXIDriver controller; nothing runs until its parts are started. */
export function cxiDriverController(options: CxiControllerOptions): CacheAndController {
  const caches = cxiCaches(options);
  const { drivers, configMaps, daemonSets, serviceAccounts, clusterRoleBindings, rebootNodes } = caches;
  const { claims, exclusivity } = claimParts(options, caches);
  const reconciler = new CxiDriverReconciler({ ...options, caches, claims });
  // Which driver is active, and when it may start, depends on all of them.
  const everyDriver = (object: KubeObject): string[] => [
    ...new Set([...drivers.list().map(nameOf), ...driverOf(object)]),
  ];
  const { client, clock, logger, metrics } = options;
  const controller = new Controller({
    name: 'cxidriver',
    client,
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources: [
      {
        informer: drivers,
        map: (object) => [...new Set([nameOf(object), ...drivers.list().map(nameOf)])],
      },
      { informer: configMaps, map: everyDriver },
      { informer: daemonSets, map: everyDriver },
      { informer: serviceAccounts, map: driverOf },
      { informer: clusterRoleBindings, map: driverOf },
      { informer: rebootNodes, map: () => drivers.list().map(nameOf) },
    ],
    clock,
    logger,
    ...(metrics === undefined ? {} : { metrics }),
  });
  const isOurs = ({ metadata }: KubeObject): boolean => claims.held.has(metadata?.uid ?? '');
  const ours = { list: () => drivers.list().filter(isOurs) };
  return {
    informers: [drivers, configMaps, daemonSets, serviceAccounts, clusterRoleBindings, rebootNodes],
    exclusivity,
    controller: {
      name: controller.name,
      start: async (signal) => {
        claims.forget();
        using _ = options.crdShortfall.subscribe(() => {
          for (const driver of drivers.list()) controller.enqueue(nameOf(driver));
        });
        await controller.start(signal);
      },
    },
    watchers: [new DeviceSweep(options), new DriverHeartbeat({ ...options, drivers: ours })],
  };
}

function claimParts(options: CxiControllerOptions, { drivers, daemonSets }: ReturnType<typeof cxiCaches>) {
  const { self } = options.installation;
  const accounts = new Accounts(options);
  const claims = new Claims({ ...options, self, accounts });
  const parts = { ...options.installation, drivers, daemonSets, accounts, claims };
  return { claims, exclusivity: new Exclusivity({ ...options, ...parts, events: options.notices }) };
}

/**
 * Agents are looked for in all namespaces: those of an installation that is
 * gone stay in the namespace where they run.
 */
function cxiCaches({ client, settings, clock, logger, metrics }: CxiControllerOptions) {
  const { namespace } = settings;
  const common = { client, clock, logger, ...(metrics === undefined ? {} : { metrics }) };
  const labelSelector = `${kubernetes.label.managedBy}=${cxi.managedBy}`;
  const owned = { labelSelector, indexes: { [byDriver]: driverOf } };
  const fieldSelector = `metadata.name=${cxi.singletonConfigMap}`;
  return {
    drivers: informer({ ...common, type: cxiDrivers }),
    configMaps: informer({ ...common, type: resources.configMaps, namespace, fieldSelector }),
    daemonSets: informer({ ...common, ...owned, type: resources.daemonSets }),
    serviceAccounts: informer({ ...common, ...owned, type: resources.serviceAccounts }),
    clusterRoleBindings: informer({ ...common, ...owned, type: resources.clusterRoleBindings }),
    rebootNodes: informer({
      ...common,
      type: resources.nodes,
      labelSelector: rebootSelector,
      trim: trimRebootNode,
    }),
  };
}

/** Caches are read through their own types in the snapshot; the controller only needs objects. */
function informer<T extends KubeObject>(options: InformerOptions<T>): Informer<KubeObject> & Informer<T> {
  return new Informer(options) as unknown as Informer<KubeObject> & Informer<T>;
}
