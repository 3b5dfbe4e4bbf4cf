import { pmemDeployments, pmemDriverName } from '@rackwright/api';
import { type CSIDriver, type KubeObject, resources, type Secret } from '@rackwright/kube';
import type { InformerView } from '@rackwright/manager';
import type { PmemControllerOptions } from '../controller.ts';
import { type DriverController, driverController, ownedCaches } from '../driver-controller.ts';
import { centralDrivers } from '../driver-kind.ts';
import { nameOf } from '../manifests/identity.ts';
import { byInstance, instanceOf } from '../snapshot.ts';
import { namedSecrets } from './certificates/given.ts';
import { certificateSecretType } from './certificates/secrets.ts';
import { claimedOlders } from './claimed-olders.ts';
import { OlderSteps } from './steps.ts';

/** Rolls out the drivers that Deployments of the first operator ask for. */
export function olderController(
  options: PmemControllerOptions,
  csiDrivers: InformerView<CSIDriver>,
): DriverController {
  const { informers, settings } = options;
  const deployments = informers.watch({ type: pmemDeployments });
  const { owned, informers: ofOwned } = ownedCaches(options, centralDrivers, [resources.services]);
  const secrets = informers.watch<Secret>({
    type: resources.secrets,
    namespace: settings.namespace,
    // Those of users have no label.
    fieldSelector: `type=${certificateSecretType}`,
    indexes: { [byInstance]: instanceOf },
  });
  const caches = { deployments, owned, csiDrivers, secrets };
  const names = (): string[] => deployments.list().map(nameOf);
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
      // One that goes or is renamed may have kept another from being rolled out.
      { informer: deployments, map: (object) => [...new Set([nameOf(object), ...names()])] },
      {
        informer: csiDrivers,
        map: (object) => [...new Set([...driverUsers(object), ...instanceOf(object)])],
      },
      { informer: secrets, map: (object) => [...new Set([...secretUsers(object), ...instanceOf(object)])] },
      ...ofOwned.map((informer) => ({ informer, map: instanceOf })),
    ],
  });
}
