import type { DemoFamily } from '../../demo-family.ts';
import { bringUp, pmemNode, writer } from './checks.ts';

const MiB = 2 ** 20;

export const demo: DemoFamily = {
  hosts: { [pmemNode]: { pmem: [{ bytes: 512 * MiB }], commands: true } },
  values: [
    'operator-manager.controllers={cxidriver,pmemcsideployment}',
    'operator-manager.pmemCsi.storageClasses.create=true',
  ],
  sidecars: ['csi-provisioner', 'csi-resizer'],
  resources: [],
  sections: async () => [],
  checks: bringUp,
  faults: [],
  hints: () => [
    'kubectl get deployments.pmem-csi.intel.com,pmemcsideployments',
    'kubectl get csistoragecapacities --all-namespaces',
    `kubectl exec ${writer} -- sh -c 'cat $RACKWRIGHT_SANDBOX_ROOT/data/demo'`,
  ],
};
