import { pmemCsiDeployments } from '@rackwright/api';
import { ignoreNotFound, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { eventually } from '../../observe.ts';
import { driverAccounts, driverName, pmemNodesOf, topologyKeys } from './deployment.ts';

export const driverGoes: Case = {
  name: 'a PmemCSIDeployment that is deleted takes its driver from the nodes, and leaves no objects',
  async run(testEnv) {
    await testEnv.rights.noteOf(testEnv, driverAccounts);
    await testEnv.kubectl(
      'delete',
      'pmemcsideployments.pmem-csi.intel.com',
      driverName,
      '--ignore-not-found',
    );
    await eventually(testEnv, 'the deployment to go', async () => {
      return (await ignoreNotFound(testEnv.kube.get(pmemCsiDeployments, { name: driverName }))) === undefined;
    });
    await eventually(testEnv, 'the driver to leave the nodes', async () => {
      const found = await Promise.all(pmemNodesOf(testEnv).map((node) => topologyKeys(testEnv, node)));
      return found.every((keys) => keys === undefined);
    });
    await eventually(testEnv, 'its objects to go', async () => {
      const labelSelector = `app.kubernetes.io/instance=${driverName}`;
      const { items } = await testEnv.kube.list(resources.clusterRoleBindings, { labelSelector });
      const driver = await ignoreNotFound(testEnv.kube.get(resources.csiDrivers, { name: driverName }));
      return items.length === 0 && driver === undefined;
    });
    await eventually(testEnv, 'what was told of its capacity to go', async () => {
      const { items } = await testEnv.kube.list(resources.csiStorageCapacities);
      return items.length === 0;
    });
  },
};
