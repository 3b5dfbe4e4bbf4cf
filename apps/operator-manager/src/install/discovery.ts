import { discovery } from '@rackwright/keys';
import type { PolicyRule } from '@rackwright/kube';
import { nodeBoundPolicySpec } from './node-write-policy.ts';
import { discoveryNodeWrites } from './write-policy/discovery-writes.ts';
import { discoveryEventWrites } from './write-policy/event-writes.ts';

/** What node-discovery may do; the admission policy narrows it to its own node. */
export const discoveryRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/** And in its namespace when it gives the labels to Node Feature Discovery; its pod says who owns what it makes. */
export const nodeFeatureRules: readonly PolicyRule[] = [
  {
    apiGroups: [discovery.nodeFeature.group],
    resources: ['nodefeatures'],
    verbs: ['get', 'create', 'patch', 'delete'],
  },
  { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
];

/** And in its namespace when it labels by itself where Node Feature Discovery is: an earlier mode may have left a NodeFeature. */
export const takeBackRules: readonly PolicyRule[] = [
  { apiGroups: [discovery.nodeFeature.group], resources: ['nodefeatures'], verbs: ['get', 'delete'] },
];

/** What the job may do in the whole cluster that takes the labels away before an uninstall ends. */
export const pruneRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'patch'] },
];

/** And in its namespace: it waits until the pods are gone. */
export const pruneNamespaceRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
];

/**
 * Ties what node-discovery writes to the node it runs on, which RBAC cannot, and
 * there to its own labels and annotations.
 *
 * @param account condition in CEL over the user of a request
 */
export function discoveryWritePolicySpec(account: string) {
  const writes = [discoveryNodeWrites, discoveryEventWrites];
  return nodeBoundPolicySpec({ name: 'node-discovery', who: 'node-discovery', account, writes });
}
