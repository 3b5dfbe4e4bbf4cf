import { cxi, pmem } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { cxiInstall } from '../cxidriver/install.ts';
import { pmemInstall } from '../pmem/install.ts';
import { managerFiles } from './deployment.ts';
import { policyWithBinding } from './family-install.ts';
import { leaderWritePolicy } from './leader-write-policy.ts';
import { operatorWritePolicy } from './operator-write-policy.ts';
import { rbacFiles } from './rbac.ts';
import { removalObjects } from './removal.ts';
import { agentRoleName, type InstallValues, installLabels } from './values.ts';

/** One generated file of config/: several objects, or one kustomization. */
export type ConfigFile = readonly object[];

/**
 * The kustomize bases of config/ that are generated: path below config/ → the
 * documents of the file. The CRDs beside them come from libs/api.
 */
export function configFiles(values: InstallValues): Record<string, ConfigFile> {
  const rbac = {
    ...rbacFiles(values, { controller: cxiInstall.controller, pods: cxiInstall.agents }),
    'node_write_policy.yaml': Object.entries(cxiInstall.controller.nodePolicies).flatMap(([suffix, spec]) =>
      policyWithBinding(`${values.name}-${suffix}`, installLabels(values), spec(values)),
    ),
    'operator_write_policy.yaml': operatorWritePolicy(values, [cxiInstall.controller]),
    'leader_write_policy.yaml': leaderWritePolicy(values, [cxiInstall.controller]),
  };
  const manager = managerFiles(values, {
    controller: cxiInstall.controller.name,
    more: [
      ...Object.entries(values.agentImages).map(([agent, image]) => `--${agent}-image=${image}`),
      `--driver-agent-role=${agentRoleName(values, cxi.component.driverAgent)}`,
    ],
  });
  return {
    ...inFolder('rbac', { ...rbac, ...kustomization(Object.keys(rbac)) }),
    ...inFolder('manager', { ...manager, ...kustomization(Object.keys(manager)) }),
    ...inFolder('removal', {
      'removal.yaml': removalObjects(values),
      ...kustomization(['removal.yaml']),
    }),
    ...inFolder('default', {
      'namespace.yaml': [namespace(values)],
      ...kustomization(['namespace.yaml', '../crd', '../rbac', '../manager']),
    }),
  };
}

/**
 * Everything of config/pmem but its CRDs: the same for the family of persistent
 * memory, which the older operator installed into this namespace.
 */
export function pmemConfigFiles(values: InstallValues, driverImage: string): Record<string, ConfigFile> {
  const { controller, agents } = pmemInstall;
  const files = {
    'namespace.yaml': [namespace(values)],
    ...rbacFiles(values, { controller, pods: { ...agents, ...controller.pods } }),
    'operator_write_policy.yaml': operatorWritePolicy(values, [controller]),
    'leader_write_policy.yaml': leaderWritePolicy(values, [controller]),
    ...managerFiles(values, {
      controller: controller.name,
      more: [`--${pmem.component.driver}-image=${driverImage}`],
    }),
  };
  return inFolder('pmem', { ...files, ...kustomization(['crds.yaml', ...Object.keys(files)]) });
}

function kustomization(resources: string[]): Record<string, ConfigFile> {
  const file = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources };
  return { 'kustomization.yaml': [file] };
}

function inFolder(folder: string, files: Record<string, ConfigFile>): Record<string, ConfigFile> {
  return Object.fromEntries(
    Object.entries(files).map(([name, documents]) => [`${folder}/${name}`, documents]),
  );
}

/** The agents mount folders of their node, which Pod Security allows in privileged namespaces only. */
function namespace(values: InstallValues): KubeObject {
  const enforce = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: values.namespace, labels: { ...installLabels(values), ...enforce } },
  };
}
