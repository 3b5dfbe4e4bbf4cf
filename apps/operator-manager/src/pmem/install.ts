import { pmemCsiDeployments } from '@rackwright/api';
import { kubernetes, pmem } from '@rackwright/keys';
import { pmem as family } from '@rackwright/registry';
import type { FamilyInstall } from '../install/family-install.ts';
import {
  bindRule,
  crdReadRule,
  crdsRules,
  inspectionRules,
  leaderElectionRules,
  rolloutRules,
  rule,
} from '../install/operator-rules.ts';
import { agentNamespaceRoleName, agentRoleName } from '../install/values.ts';
import { driverDescriptor } from './descriptors.ts';
import { operatorDeploymentWrites, operatorDriverWrites } from './operator-writes.ts';
import { otherPods } from './rights.ts';

const kinds = [pmemCsiDeployments];
const { group, component } = pmem;
/** What it makes goes with the deployment that owns it: Kubernetes deletes it. */
const change = ['list', 'watch', 'create', 'patch'];

/** What comes with the installation of the family for persistent memory. */
export const pmemInstall = {
  family: family.name,
  agents: { [component.driver]: driverDescriptor },
  nodeBound: {},
  controller: {
    name: 'pmemcsideployment',
    pods: otherPods,
    clusterRules: (values) => [
      rule(group, 'pmemcsideployments', ['list', 'watch', 'patch']),
      rule(group, 'pmemcsideployments/status', ['patch']),
      rule('storage.k8s.io', 'csidrivers', change),
      ...rolloutRules,
      bindRule([
        agentRoleName(values, component.driver),
        agentNamespaceRoleName(values, component.driver),
        ...Object.values(otherPods).map((pod) => agentRoleName(values, pod.component)),
      ]),
      ...inspectionRules,
      crdReadRule(kinds),
    ],
    namespaceRules: [
      rule('rbac.authorization.k8s.io', 'rolebindings', change),
      rule('apps', 'deployments', change),
      ...leaderElectionRules,
    ],
    crdsRules: crdsRules(kinds),
    editorRules: [
      rule(group, 'pmemcsideployments', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
    ],
    viewerRules: [rule(group, 'pmemcsideployments', ['get', 'list', 'watch'])],
    agentPods: {
      'pmem-csi': { [kubernetes.label.managedBy]: pmem.managedBy, [kubernetes.label.partOf]: pmem.partOf },
    },
    nodePolicies: {},
    agentsOf: { managedBy: pmem.managedBy, group, kind: pmemCsiDeployments.kind },
    operatorWrites: (who) => [operatorDeploymentWrites(who), operatorDriverWrites(who)],
  },
} as const satisfies FamilyInstall;
