import { aidaptivCacheNodes, aidaptivCaches, phisonDeviceOperators } from '@rackwright/api';
import { ai100, aidaptivCache, kubernetes, rackwright } from '@rackwright/keys';
import { ai100 as family } from '@rackwright/registry';
import type { FamilyInstall } from '../install/family-install.ts';
import { nodeBoundPolicySpec } from '../install/node-write-policy.ts';
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
import { isAccount } from '../install/write-policy/accounts.ts';
import { ai100Descriptors } from './descriptors.ts';
import { ownedName } from './manifests/identity.ts';
import {
  operatorCacheWrites,
  removalBindingWrites,
  removalCacheWrites,
  removalReportWrites,
} from './operator-writes.ts';
import { removalClusterRules, removalNamespaceRules } from './removal/rights.ts';
import { ai100NodeFields, devicePluginWrites } from './write-policy.ts';

const kinds = [aidaptivCaches, aidaptivCacheNodes, phisonDeviceOperators];
const { group, handshake } = aidaptivCache;
const { devicePlugin, exporter } = ai100.component;

/** What comes with the installation of the AI100 family. */
export const ai100Install = {
  family: family.name,
  agents: {
    'ai100-device-plugin': ai100Descriptors[devicePlugin],
    'nvme-exporter': ai100Descriptors[exporter],
  },
  nodeBound: { 'ai100-device-plugin': devicePluginWrites },
  controller: {
    name: 'aidaptivcache',
    clusterRules: (values) => [
      // Of a PhisonDeviceOperator it makes one, which goes with it.
      rule(group, 'aidaptivcaches', ['list', 'watch', 'create', 'patch', 'delete']),
      rule(group, 'aidaptivcaches/status', ['patch']),
      rule(group, 'phisondeviceoperators', ['list', 'watch']),
      rule(group, 'phisondeviceoperators/status', ['patch']),
      rule(group, 'aidaptivcachenodes', ['list', 'watch']),
      rule('', 'nodes', ['list', 'watch', 'patch']),
      rule('', 'nodes/status', ['patch']),
      // Who makes a handshake.
      rule('authentication.k8s.io', 'tokenreviews', ['create']),
      // What tells this cluster from others.
      rule('', 'namespaces', ['get'], ['kube-system']),
      ...rolloutRules,
      bindRule([agentRoleName(values, devicePlugin), agentNamespaceRoleName(values, devicePlugin)]),
      ...inspectionRules,
      // spec.recovery.actions: EvictConsumers.
      rule('', 'pods/eviction', ['create']),
      crdReadRule(kinds),
    ],
    namespaceRules: [
      rule('rbac.authorization.k8s.io', 'rolebindings', ['list', 'watch', 'create', 'patch', 'delete']),
      rule('', 'services', ['list', 'watch', 'create', 'patch', 'delete']),
      ...leaderElectionRules,
      // The certificate handshakes are made with, and what exporters trust; both come with the chart.
      rule('', 'secrets', ['get', 'update'], [handshake.secret]),
      rule('', 'configmaps', ['get', 'update'], [handshake.trust]),
    ],
    crdsRules: crdsRules(kinds),
    editorRules: [
      rule(group, 'aidaptivcaches', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
      rule(group, 'phisondeviceoperators', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
      rule(group, 'aidaptivcachenodes', ['get', 'list', 'watch']),
    ],
    viewerRules: [
      rule(group, 'aidaptivcaches', ['get', 'list', 'watch']),
      rule(group, 'phisondeviceoperators', ['get', 'list', 'watch']),
      rule(group, 'aidaptivcachenodes', ['get', 'list', 'watch']),
    ],
    tolerations: [{ key: aidaptivCache.taint, operator: 'Exists' }],
    agentPods: {
      'ai100-agents': {
        [kubernetes.label.managedBy]: aidaptivCache.managedBy,
        [kubernetes.label.partOf]: rackwright.partOf,
      },
    },
    nodePolicies: {
      'ai100-node-writes': ({ namespace }) =>
        nodeBoundPolicySpec({
          ...devicePluginWrites,
          account: isAccount(namespace, ownedName(devicePlugin)),
        }),
    },
    agentsOf: { managedBy: aidaptivCache.managedBy, group, kind: aidaptivCaches.kind },
    removal: {
      args: ['--aidaptivcache'],
      clusterRules: removalClusterRules,
      namespaceRules: removalNamespaceRules,
      writes: (who) => [removalCacheWrites(who), removalReportWrites(who), removalBindingWrites(who)],
    },
    nodeFields: ai100NodeFields,
    operatorWrites: (who) => [operatorCacheWrites(who)],
  },
} as const satisfies FamilyInstall;
