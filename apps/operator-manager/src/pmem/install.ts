import { pmemCsiDeployments, pmemDeployments } from '@rackwright/api';
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
import { operatorDeploymentWrites, operatorDriverWrites, operatorLeftoverWrites } from './operator-writes.ts';
import { otherPods } from './rights.ts';

const kinds = [pmemCsiDeployments, pmemDeployments];
const { group, component } = pmem;
const rbac = 'rbac.authorization.k8s.io';
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
      ...kinds.flatMap(({ plural }) => [
        rule(group, plural, ['list', 'watch', 'patch']),
        rule(group, `${plural}/status`, ['patch']),
      ]),
      // One that is called otherwise now goes, and another is made.
      rule('storage.k8s.io', 'csidrivers', [...change, 'delete']),
      // Those an operator of PMEM-CSI made for each deployment; what is bound now comes with the installation.
      rule(rbac, 'clusterroles', ['list', 'delete']),
      // Those before 1.1 had one for pods.
      rule('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', ['list', 'delete']),
      // Which nodes deployments share.
      rule('', 'nodes', ['list', 'watch']),
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
      // What an operator of PMEM-CSI bound to roles of its own is bound anew.
      rule(rbac, 'rolebindings', [...change, 'delete']),
      rule(rbac, 'roles', ['list', 'delete']),
      rule('apps', 'deployments', change),
      // Of Deployments of the first operator: its controller, how nodes reach it, certificates of both. Those
      // that operators of PMEM-CSI made otherwise go.
      rule('apps', 'statefulsets', [...change, 'delete']),
      rule('', 'services', [...change, 'delete']),
      rule('', 'secrets', [...change, 'delete']),
      ...leaderElectionRules,
    ],
    crdsRules: crdsRules(kinds),
    editorRules: kinds.map(({ plural }) =>
      rule(group, plural, ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
    ),
    viewerRules: kinds.map(({ plural }) => rule(group, plural, ['get', 'list', 'watch'])),
    agentPods: {
      'pmem-csi': { [kubernetes.label.managedBy]: pmem.managedBy, [kubernetes.label.partOf]: pmem.partOf },
    },
    nodePolicies: {},
    agentsOf: { managedBy: pmem.managedBy, group, kind: pmemCsiDeployments.kind },
    operatorWrites: (who) => [
      ...kinds.map((kind) => operatorDeploymentWrites(who, kind)),
      operatorDriverWrites(who),
      ...operatorLeftoverWrites(who),
    ],
  },
} as const satisfies FamilyInstall;
