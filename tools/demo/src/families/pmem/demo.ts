import type { DemoFamily } from '../../demo-family.ts';
import { bringUp, pmemNode, writer } from './checks.ts';

export const demo: DemoFamily = {
  hosts: { [pmemNode]: { pmem: [{ namespaces: [{}] }] } },
  values: [
    'operator-manager.controllers={cxidriver,pmemcsideployment}',
    'operator-manager.pmemCsi.storageClasses.create=true',
  ],
  sidecars: ['csi-provisioner'],
  resources: [],
  sections: async () => [],
  checks: bringUp,
  faults: [],
  hints: () => [
    'kubectl get pmemcsideployments',
    'kubectl get csistoragecapacities --all-namespaces',
    `kubectl exec ${writer} -- sh -c 'cat $RACKWRIGHT_SANDBOX_ROOT/data/demo'`,
  ],
};
