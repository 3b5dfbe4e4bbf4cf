import { pmem } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import { applyDeployment, deployment, topologyKeys } from './deployment.ts';
import { memoryNode } from './persistent-memory.ts';
import { claim, claimed, untilDone, volumePod, withClass } from './volume-user.ts';

const provisioner = 'raw.pmem-csi.intel.com';
const request = `${provisioner}/${pmem.label.convertRawNamespaces}`;
/** More than the other region of the node has. */
const size = '460Mi';

export const conversion: Case = {
  name: 'a node whose label asks for it has its raw namespaces converted, loses the label, and gets the driver, which makes volumes of them',
  only: 'simulated',
  async run(testEnv) {
    const nodeSelector = { converted: 'yes' };
    await applyDeployment(testEnv, deployment(provisioner, { nodeSelector }));
    await testEnv.kubectl('label', 'node', memoryNode, `${request}=force`, '--overwrite');
    await eventually(testEnv, 'the label to be gone, and that of the node selector there', async () => {
      const { metadata } = await testEnv.kube.get(resources.nodes, { name: memoryNode });
      return metadata?.labels?.[request] === undefined && metadata?.labels?.converted === 'yes';
    });
    await eventually(testEnv, 'the driver on the node', async () => {
      const keys = await topologyKeys(testEnv, memoryNode, provisioner);
      return keys?.includes(`${provisioner}/node`) === true;
    });
    await CaseNamespace.use(testEnv, 'pmem-raw-memory', async (namespace) => {
      const use = async (className: string): Promise<void> => {
        const pod = volumePod('writer', 'echo kept > data/file && cat data/file', claimed('data'));
        await namespace.apply(claim('data', className, { size }), pod);
        expectEqual('log', await untilDone(testEnv, namespace, 'writer'), 'kept\n');
      };
      await withClass(testEnv, namespace, use, { provisioner });
    });
    await testEnv.rights.noteOf(testEnv, [`${provisioner.replaceAll('.', '-')}-node-setup`]);
    await testEnv.kubectl('delete', 'pmemcsideployments.pmem-csi.intel.com', provisioner, '--wait');
    await testEnv.kubectl('label', 'node', memoryNode, 'converted-');
  },
};
