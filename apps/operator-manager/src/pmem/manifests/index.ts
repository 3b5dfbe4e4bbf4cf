import type { ValidPmemCsiDeployment } from '@rackwright/api';
import type { KubeObject } from '@rackwright/kube';
import { nodeLocalDrivers } from '../driver-kind.ts';
import { effectiveSpec } from '../effective.ts';
import type { PmemSettings } from '../settings.ts';
import { accountsOf } from './accounts.ts';
import { controllerDeployment } from './controller.ts';
import { csiDriver } from './csi-driver.ts';
import { nameOf } from './identity.ts';
import { nodeDaemonSet } from './node.ts';
import { nodeSetupDaemonSet } from './node-setup.ts';

/** Everything that shall exist for a deployment. */
export function wantedObjects(deployment: ValidPmemCsiDeployment, settings: PmemSettings): KubeObject[] {
  const spec = effectiveSpec(deployment.spec, settings);
  const { namespace } = settings;
  const owner = {
    kind: nodeLocalDrivers,
    deployment,
    driver: nameOf(deployment),
    labels: spec.labels,
    namespace,
  };
  const parts = { owner, spec, settings };
  return [
    ...accountsOf(owner, settings),
    csiDriver(owner),
    controllerDeployment(parts),
    nodeDaemonSet(parts),
    nodeSetupDaemonSet(parts),
  ];
}
