import { customResourceDefinitions, pmemCsiDeployments, pmemDefinitions } from '@rackwright/api';
import { Controller, type ControllerSource } from '@rackwright/controller';
import { kubernetes, pmem } from '@rackwright/keys';
import { type KubeObject, resources } from '@rackwright/kube';
import {
  type ControllerContext,
  type ControllerParts,
  type ControllerRegistration,
  Reconciler,
} from '@rackwright/manager';
import { Accounts } from '../claim/accounts.ts';
import { Claims } from '../claim/claims.ts';
import { Exclusivity } from '../claim/exclusivity.ts';
import { type OwnInstallation, ownInstallation } from '../claim/own-installation.ts';
import { claimedDeployments } from './claimed-deployments.ts';
import { nameOf, prefixOf } from './manifests/identity.ts';
import { type PmemConfig, pmemOptions } from './options.ts';
import { type PmemSettings, pmemSettings } from './settings.ts';
import { byInstance, instanceOf } from './snapshot.ts';
import { DeploymentSteps } from './steps.ts';

/** Rolls PmemCSIDeployments out. */
export const pmemCsiDeploymentRegistration: ControllerRegistration<PmemConfig, typeof pmemOptions> = {
  options: pmemOptions,
  onlyIfNamed: true,
  crds: customResourceDefinitions(pmemDefinitions),
  build: async (context) => {
    const { client, config, version, signal } = context;
    const { namespace, serviceAccount: account } = config;
    const installation = await ownInstallation(client, { namespace, account }, signal);
    return pmemCsiDeploymentController({ ...context, installation, settings: pmemSettings(config, version) });
  },
};

/** What the PmemCSIDeployment controller needs. */
export type PmemControllerOptions = Omit<ControllerContext<unknown>, 'config' | 'version' | 'signal'> & {
  readonly installation: OwnInstallation;
  readonly settings: PmemSettings;
};

/** Builds the PmemCSIDeployment controller; nothing runs until its parts are started. */
export function pmemCsiDeploymentController(options: PmemControllerOptions): Required<ControllerParts> {
  const caches = cachesOf(options);
  const { claims, exclusivity } = claimParts(options, caches);
  const reconciler = new Reconciler(new DeploymentSteps({ ...options, caches, claims }), options);
  const controller = new Controller({
    ...options,
    name: 'pmemcsideployment',
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    sources: sourcesOf(caches),
  });
  const start = async (signal: AbortSignal): Promise<void> => {
    claims.forget();
    using _ = options.crdShortfall.subscribe(() => {
      for (const deployment of caches.deployments.list()) controller.enqueue(nameOf(deployment));
    });
    await controller.start(signal);
  };
  return {
    led: [{ name: controller.name, start }],
    always: [exclusivity],
    activeState: { name: exclusivity.name, value: exclusivity.activeState },
  };
}

type PmemCaches = ReturnType<typeof cachesOf>;

function claimParts(options: PmemControllerOptions, { deployments, daemonSets }: PmemCaches) {
  const { installation, notices } = options;
  const [kind, accounts] = [claimedDeployments, new Accounts(options)];
  const claims = new Claims({ ...options, kind, self: installation.self, accounts });
  const parts = { ...installation, kind, objects: deployments, daemonSets, accounts, claims };
  return { claims, exclusivity: new Exclusivity({ ...options, ...parts, events: notices }) };
}

function sourcesOf({ deployments, csiDrivers, ...owned }: PmemCaches): ControllerSource[] {
  // One that goes may have kept another of the same names from being rolled out.
  const namesakes = (object: KubeObject): string[] => {
    const same = deployments.list().filter((other) => prefixOf(other) === prefixOf(object));
    return [...new Set([nameOf(object), ...same.map(nameOf)])];
  };
  const named = (object: KubeObject): string[] => [...new Set([nameOf(object), ...instanceOf(object)])];
  return [
    { informer: deployments, map: namesakes },
    { informer: csiDrivers, map: named },
    ...Object.values(owned).map((informer) => ({ informer, map: instanceOf })),
  ];
}

function cachesOf({ informers, settings: { namespace } }: PmemControllerOptions) {
  const labelSelector = `${kubernetes.label.managedBy}=${pmem.managedBy}`;
  const indexes = { [byInstance]: instanceOf };
  const owned = { labelSelector, indexes };
  return {
    deployments: informers.watch({ type: pmemCsiDeployments }),
    // Those of others too: there are few, and one may have the name that is wanted.
    csiDrivers: informers.watch({ type: resources.csiDrivers, indexes }),
    daemonSets: informers.watch({ ...owned, namespace, type: resources.daemonSets }),
    controllers: informers.watch({ ...owned, namespace, type: resources.deployments }),
    serviceAccounts: informers.watch({ ...owned, namespace, type: resources.serviceAccounts }),
    roleBindings: informers.watch({ ...owned, namespace, type: resources.roleBindings }),
    clusterRoleBindings: informers.watch({ ...owned, type: resources.clusterRoleBindings }),
  };
}
