import { pmemDriverName } from '@rackwright/api';
import { type KubeObject, resources, type Secret } from '@rackwright/kube';
import type { PmemControllerOptions } from '../controller.ts';
import { type DriverController, driverController, ownedCaches } from '../driver-controller.ts';
import { centralDrivers } from '../driver-kind.ts';
import { nameOf } from '../manifests/identity.ts';
import { neighbourSources, type SharedCaches } from '../neighbours.ts';
import { byInstance, instanceOf } from '../snapshot.ts';
import { namedSecrets } from './certificates/given.ts';
import { certificateSecretType } from './certificates/secrets.ts';
import { claimedOlders } from './claimed-olders.ts';
import { OlderSteps } from './steps.ts';

/** Rolls out the drivers that Deployments of the first operator ask for. */
export function olderController(options: PmemControllerOptions, shared: SharedCaches): DriverController {
  const { informers, settings } = options;
  const { csiDrivers, central: deployments } = shared;
  const { owned, informers: ofOwned } = ownedCaches(options, centralDrivers, [resources.services]);
  const secrets = informers.watch<Secret>({
    type: resources.secrets,
    namespace: settings.namespace,
    // Those of users have no label.
    fieldSelector: `type=${certificateSecretType}`,
    indexes: { [byInstance]: instanceOf },
  });
  const caches = { deployments, owned, csiDrivers, neighbours: shared, secrets };
  const driverUsers = (object: KubeObject): string[] =>
    deployments
      .list()
      .filter((deployment) => pmemDriverName(deployment) === nameOf(object))
      .map(nameOf);
  const secretUsers = (object: KubeObject): string[] =>
    deployments
      .list()
      .filter(({ spec = {} }) => namedSecrets(spec).includes(nameOf(object)))
      .map(nameOf);
  return driverController(options, {
    claimed: claimedOlders,
    deployments,
    daemonSets: owned.daemonSets,
    steps: new OlderSteps({ ...options, caches }),
    sources: [
      ...neighbourSources(centralDrivers, shared),
      {
        informer: csiDrivers,
        map: (object) => [...new Set([...driverUsers(object), ...instanceOf(object)])],
      },
      { informer: secrets, map: (object) => [...new Set([...secretUsers(object), ...instanceOf(object)])] },
      ...ofOwned.map((informer) => ({ informer, map: instanceOf })),
    ],
  });
}
