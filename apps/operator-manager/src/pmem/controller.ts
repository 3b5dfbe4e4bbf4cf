import {
  customResourceDefinitions,
  pmemCsiDeployments,
  pmemDefinitions,
  pmemDeployments,
} from '@rackwright/api';
import { resources } from '@rackwright/kube';
import type { ControllerContext, ControllerParts, ControllerRegistration } from '@rackwright/manager';
import { type OwnInstallation, ownInstallation } from '../claim/own-installation.ts';
import { claimedDeployments } from './claimed-deployments.ts';
import { type DriverController, driverController, ownedCaches } from './driver-controller.ts';
import { nodeLocalDrivers } from './driver-kind.ts';
import { FormerMemory } from './former-memory.ts';
import { nameOf } from './manifests/identity.ts';
import { neighbourSources, type SharedCaches, trimLabels } from './neighbours.ts';
import { olderController } from './older/controller.ts';
import { type PmemConfig, pmemOptions } from './options.ts';
import { planDeployment } from './plan.ts';
import { type PmemSettings, pmemSettings } from './settings.ts';
import { byInstance, instanceOf, takeSnapshot } from './snapshot.ts';

/** Rolls PmemCSIDeployments out, and Deployments of the first operator. */
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

/**
 * Builds the controllers of both kinds; nothing runs until their parts are
 * started. Whether this installation acts depends on PmemCSIDeployments; of
 * Deployments it leaves those to others that they have claimed.
 */
export function pmemCsiDeploymentController(options: PmemControllerOptions): Required<ControllerParts> {
  const { informers } = options;
  const shared: SharedCaches = {
    csiDrivers: informers.watch({
      // Those of others too: there are few, and one may have the name that is wanted.
      type: resources.csiDrivers,
      indexes: { [byInstance]: instanceOf },
    }),
    nodes: informers.watch({ type: resources.nodes, trim: trimLabels }),
    nodeLocal: informers.watch({ type: pmemCsiDeployments }),
    central: informers.watch({ type: pmemDeployments }),
  };
  const nodeLocal = nodeLocalController(options, shared);
  const central = olderController(options, shared);
  const { exclusivity } = nodeLocal;
  return {
    led: [nodeLocal.controller, central.controller],
    always: [exclusivity, central.exclusivity],
    activeState: { name: exclusivity.name, value: exclusivity.activeState },
  };
}

function nodeLocalController(options: PmemControllerOptions, shared: SharedCaches): DriverController {
  const { settings } = options;
  const { csiDrivers, nodeLocal: deployments } = shared;
  const { owned, informers: ofOwned } = ownedCaches(options, nodeLocalDrivers);
  const former = new FormerMemory();
  const caches = { deployments, owned, csiDrivers, neighbours: shared, former };
  return driverController(options, {
    claimed: claimedDeployments,
    deployments,
    daemonSets: owned.daemonSets,
    steps: {
      kind: nodeLocalDrivers,
      former,
      takeSnapshot: (name, now) => takeSnapshot(name, caches, now),
      plan: (snapshot) => planDeployment(snapshot, settings),
    },
    sources: [
      ...neighbourSources(nodeLocalDrivers, shared),
      { informer: csiDrivers, map: (object) => [...new Set([nameOf(object), ...instanceOf(object)])] },
      ...ofOwned.map((informer) => ({ informer, map: instanceOf })),
    ],
  });
}
