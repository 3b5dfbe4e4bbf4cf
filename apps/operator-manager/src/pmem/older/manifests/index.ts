import type { ValidPmemDeployment } from '@rackwright/api';
import { pmemDriverName } from '@rackwright/api';
import type { KubeObject } from '@rackwright/kube';
import { centralDrivers } from '../../driver-kind.ts';
import { effectiveSpec } from '../../effective.ts';
import { csiDriver } from '../../manifests/csi-driver.ts';
import type { Owner } from '../../manifests/identity.ts';
import type { PmemSettings } from '../../settings.ts';
import { adapt } from '../adapt.ts';
import type { CertificateSet } from '../certificates/certificate-set.ts';
import { certificateSecrets } from '../certificates/secrets.ts';
import { olderAccount } from './accounts.ts';
import { olderController } from './controller.ts';
import { olderNode } from './node.ts';
import { olderServices } from './services.ts';

/** Whose the objects of a Deployment are. */
export function olderOwner(deployment: ValidPmemDeployment, { namespace }: PmemSettings): Owner {
  const driver = pmemDriverName(deployment);
  const { labels = {} } = deployment.spec;
  return { kind: centralDrivers, deployment, driver, labels, namespace };
}

/** Everything that shall exist for a Deployment of the first operator's kind. */
export function olderObjects(
  deployment: ValidPmemDeployment,
  settings: PmemSettings,
  certificates: CertificateSet,
): KubeObject[] {
  const owner = olderOwner(deployment, settings);
  // Only those that ask for it have a resizer: their users know the pod of the controller with two containers.
  const spec = effectiveSpec(adapt(deployment.spec), { ...settings, resizerImage: '' });
  const parts = { owner, spec, settings };
  return [
    ...olderAccount(owner, settings),
    ...certificateSecrets(owner, certificates),
    ...olderServices(owner),
    csiDriver(owner),
    olderController(parts),
    olderNode(parts),
  ];
}
