import { customResourceDefinitions, cxiDefinitions, cxiDrivers } from '@rackwright/api';
import { Controller, type ControllerMetrics, type ControllerSource } from '@rackwright/controller';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { cxi, kubernetes } from '@rackwright/keys';
import { type EventRecorder, type KubeClient, type KubeObject, resources } from '@rackwright/kube';
import {
  type ControllerParts,
  type ControllerRegistration,
  Reconciler,
  type SharedInformers,
} from '@rackwright/manager';
import { Accounts } from '../claim/accounts.ts';
import { Claims } from '../claim/claims.ts';
import { Exclusivity } from '../claim/exclusivity.ts';
import { type OwnInstallation, ownInstallation } from '../claim/own-installation.ts';
import { DeviceSweep } from '../staleness/device-sweep.ts';
import { DriverHeartbeat } from '../staleness/driver-heartbeat.ts';
import { claimedDrivers } from './claimed-drivers.ts';
import { DriverSteps } from './driver-steps.ts';
import { nameOf } from './manifests/identity.ts';
import { type CxiConfig, cxiOptions } from './options.ts';
import { rebootSelector, trimRebootNode } from './reboot-nodes.ts';
import { type CxiSettings, cxiSettings } from './settings.ts';
import { byDriver, driverOf } from './snapshot.ts';

/** Rolls CXIDrivers out. */
export const cxiDriver: ControllerRegistration<CxiConfig, typeof cxiOptions> = {
  options: cxiOptions,
  crds: customResourceDefinitions(cxiDefinitions),
  build: async (context) => {
    const { client, config, version, signal } = context;
    const { namespace, serviceAccount: account } = config;
    const installation = await ownInstallation(client, { namespace, account }, signal);
    return cxiDriverController({ ...context, installation, settings: cxiSettings(config, version) });
  },
};

/** What the CXIDriver controller needs. */
export interface CxiControllerOptions {
  readonly client: KubeClient;
  readonly informers: SharedInformers;
  readonly installation: OwnInstallation;
  readonly events: Pick<EventRecorder, 'emit'>;
  /** For what is told of standing by. */
  readonly notices: Pick<EventRecorder, 'emit'>;
  readonly settings: CxiSettings;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ControllerMetrics;
}

/** Builds the CXIDriver controller; nothing runs until its parts are started. */
export function cxiDriverController(options: CxiControllerOptions): Required<ControllerParts> {
  const caches = cxiCaches(options);
  const { drivers } = caches;
  const { claims, exclusivity } = claimParts(options, caches);
  const reconciler = new Reconciler(new DriverSteps({ ...options, caches, claims }), options);
  const controller = new Controller({
    ...options,
    name: 'cxidriver',
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources: sourcesOf(caches),
  });
  const isOurs = ({ metadata }: KubeObject): boolean => claims.held.has(metadata?.uid ?? '');
  const ours = { list: () => drivers.list().filter(isOurs) };
  const start = async (signal: AbortSignal): Promise<void> => {
    claims.forget();
    using _ = options.crdShortfall.subscribe(() => {
      for (const driver of drivers.list()) controller.enqueue(nameOf(driver));
    });
    await controller.start(signal);
  };
  return {
    led: [
      { name: controller.name, start },
      new DeviceSweep(options),
      new DriverHeartbeat({ ...options, drivers: ours }),
    ],
    always: [exclusivity],
    activeState: { name: exclusivity.name, value: exclusivity.activeState },
  };
}

type CxiCaches = ReturnType<typeof cxiCaches>;

function sourcesOf(caches: CxiCaches): ControllerSource[] {
  const { drivers, configMaps, daemonSets, serviceAccounts, clusterRoleBindings, rebootNodes } = caches;
  // Which driver is active, and when it may start, depends on all of them.
  const everyDriver = (object: KubeObject): string[] => [
    ...new Set([...drivers.list().map(nameOf), ...driverOf(object)]),
  ];
  return [
    {
      informer: drivers,
      map: (object) => [...new Set([nameOf(object), ...drivers.list().map(nameOf)])],
    },
    { informer: configMaps, map: everyDriver },
    { informer: daemonSets, map: everyDriver },
    { informer: serviceAccounts, map: driverOf },
    { informer: clusterRoleBindings, map: driverOf },
    { informer: rebootNodes, map: () => drivers.list().map(nameOf) },
  ];
}

function claimParts(options: CxiControllerOptions, { drivers, daemonSets }: CxiCaches) {
  const { self } = options.installation;
  const accounts = new Accounts(options);
  const kind = claimedDrivers;
  const claims = new Claims({ ...options, kind, self, accounts });
  const parts = { ...options.installation, kind, objects: drivers, daemonSets, accounts, claims };
  return { claims, exclusivity: new Exclusivity({ ...options, ...parts, events: options.notices }) };
}

/**
 * Agents are looked for in all namespaces: those of an installation that is
 * gone stay in the namespace where they run.
 */
function cxiCaches({ informers, settings: { namespace } }: CxiControllerOptions) {
  const labelSelector = `${kubernetes.label.managedBy}=${cxi.managedBy}`;
  const owned = { labelSelector, indexes: { [byDriver]: driverOf } };
  const fieldSelector = `metadata.name=${cxi.singletonConfigMap}`;
  return {
    drivers: informers.watch({ type: cxiDrivers }),
    configMaps: informers.watch({ type: resources.configMaps, namespace, fieldSelector }),
    daemonSets: informers.watch({ ...owned, type: resources.daemonSets }),
    serviceAccounts: informers.watch({ ...owned, type: resources.serviceAccounts }),
    clusterRoleBindings: informers.watch({ ...owned, type: resources.clusterRoleBindings }),
    rebootNodes: informers.watch({
      type: resources.nodes,
      labelSelector: rebootSelector,
      trim: trimRebootNode,
    }),
  };
}
