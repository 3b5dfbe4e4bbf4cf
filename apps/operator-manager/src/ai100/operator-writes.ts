import { aidaptivCache, kubernetes, rackwright } from '@rackwright/keys';
import {
  type AllowedWrites,
  changedAnnotations,
  changedOutside,
  type Validation,
} from '../install/write-policy/allowed-writes.ts';

const caches = {
  apiGroup: aidaptivCache.group,
  apiVersion: aidaptivCache.version,
  resource: 'aidaptivcaches',
};

/** CEL: whether labels say who manages an object. */
const isManagedBy = (labels: string, manager: string): string =>
  `'${kubernetes.label.managedBy}' in ${labels} && ${labels}['${kubernetes.label.managedBy}'] == '${manager}'`;

/** Changes of an AidaptivCache beside its finalizers, its status, and whose it is. */
const cacheChanges = [
  changedOutside({ fields: ['status'], metadata: ['finalizers', 'annotations'] }),
  changedAnnotations(`key == '${rackwright.annotation.operator}'`),
].join(' + ');

/**
 * The operator makes an AidaptivCache of a PhisonDeviceOperator, changes it and takes
 * it away. Of those of people it writes the finalizer, the status, and whose they are.
 */
export const operatorCacheWrites = (who: string): AllowedWrites => ({
  ...caches,
  variables: [
    { name: 'cacheChanges', expression: cacheChanges },
    { name: 'isMade', expression: isManagedBy('variables.afterLabels', aidaptivCache.older.managedBy) },
    { name: 'wasMade', expression: isManagedBy('variables.beforeLabels', aidaptivCache.older.managedBy) },
  ],
  validations: [
    {
      expression: "request.operation != 'CREATE' || variables.isMade",
      message: `${who} may make no AidaptivCache but of a PhisonDeviceOperator`,
    },
    changesHold(who, "request.operation != 'UPDATE' || variables.wasMade"),
    {
      expression: "request.operation != 'DELETE' || variables.wasMade",
      message: `${who} may delete no AidaptivCache but one it made of a PhisonDeviceOperator`,
    },
  ],
});

/** A removal deletes AidaptivCaches and takes the finalizer from them. */
export const removalCacheWrites = (who: string): AllowedWrites => ({
  ...caches,
  variables: [{ name: 'cacheChanges', expression: cacheChanges }],
  validations: [
    { expression: "request.operation != 'CREATE'", message: `${who} may make no AidaptivCache` },
    changesHold(who, "request.operation != 'UPDATE'"),
  ],
});

function changesHold(who: string, otherwise: string): Validation {
  const sentence = `${who} may change nothing of an AidaptivCache but its finalizers, its status and whose it is`;
  return {
    expression: `${otherwise} || variables.cacheChanges.size() == 0`,
    message: sentence,
    messageExpression: `'${sentence}, not ' + variables.cacheChanges.join(', ')`,
  };
}

/** A removal deletes reports no device plugin writes any more. */
export const removalReportWrites = (who: string): AllowedWrites => ({
  ...caches,
  resource: 'aidaptivcachenodes',
  variables: [],
  validations: [
    {
      expression: "request.operation == 'DELETE'",
      message: `${who} may only delete AidaptivCacheNodes, not make or change them`,
    },
  ],
});

/** A removal deletes the bindings of the agents' roles. */
export const removalBindingWrites = (who: string): AllowedWrites => ({
  ...{ apiGroup: 'rbac.authorization.k8s.io', apiVersion: 'v1', resource: 'clusterrolebindings' },
  variables: [
    { name: 'wasOfAgents', expression: isManagedBy('variables.beforeLabels', aidaptivCache.managedBy) },
  ],
  validations: [
    {
      expression: "request.operation == 'DELETE' && variables.wasOfAgents",
      message: `${who} may only delete ClusterRoleBindings, and those of the agents of an AidaptivCache alone`,
    },
  ],
});
