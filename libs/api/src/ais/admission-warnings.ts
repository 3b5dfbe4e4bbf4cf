import type { AdmissionRule } from '../admission/admission.ts';
import {
  absent,
  all,
  any,
  between,
  type Condition,
  equals,
  not,
  present,
  size,
} from '../admission/condition.ts';
import { clusterSize, roleField, roles, state, stateOnHosts } from './admission-places.ts';

/** Deprecated fields and what is for them now. */
const deprecated: readonly (readonly [field: string, instead: string])[] = [
  ...['serviceURL', 'usernamePassword', 'tokenExchange', 'tls'].map(
    (field) => [`spec.auth.${field}`, 'an AIStoreAuthProfile in spec.auth.profileRef'] as const,
  ),
  ['spec.clusterDomain', '--cluster-domain of the operator'],
  [state.olderPrefix, 'spec.stateStorage.hostPath.prefix'],
  [state.olderClass, 'spec.stateStorage.pvc.storageClass'],
  ['spec.enableExternalLB', 'externalAccess of spec.proxySpec and spec.targetSpec'],
  ...roles.map(
    (role) => [roleField(role, 'capabilities'), roleField(role, 'aisContainerSecurityContext')] as const,
  ),
];

/** 1. */
const deprecations: readonly AdmissionRule[] = deprecated.map(([field, instead]) => ({
  name: 'deprecated',
  field,
  message: `${field} is deprecated; use ${instead}`,
  holds: absent(field),
}));

/** 3. */
const olderState: readonly AdmissionRule[] = [
  ...[state.olderPrefix, state.olderClass].map((field) => ({
    name: 'state-ignored',
    field,
    message: `${field} has no effect beside ${state.storage}`,
    holds: any(absent(state.storage), absent(field)),
  })),
  {
    name: 'two-states',
    field: state.olderPrefix,
    message: `${state.olderPrefix} has no effect beside ${state.olderClass}, which wins`,
    holds: any(present(state.storage), absent(state.olderPrefix), absent(state.olderClass)),
  },
];

const isAuto: Condition = between(clusterSize, -1, -1);

function forRoles(warning: (role: (typeof roles)[number]) => AdmissionRule): AdmissionRule[] {
  return roles.map(warning);
}

const rebalance = 'spec.configToUpdate.rebalance.enabled';
const scaleDownMode = 'spec.targetSpec.scaleDownMode';

/** What an AIStore is accepted with, but hardly meant to be. */
export const aistoreWarnings: readonly AdmissionRule[] = [
  ...deprecations,
  ...olderState,
  // 5
  ...forRoles((role) => ({
    name: 'size-ignored',
    field: roleField(role, 'size'),
    message: `${roleField(role, 'size')} has no effect beside a spec.size of -1`,
    holds: any(not(isAuto), absent(roleField(role, 'size')), between(roleField(role, 'size'), -1, -1)),
  })),
  // 7
  ...forRoles((role) => ({
    name: 'cleanup-everywhere',
    field: roleField(role, 'nodeSelector'),
    message: `${roleField(role, 'nodeSelector')} is empty: with spec.cleanupMetadata a job for cleaning up is run on every node of Kubernetes when the AIStore is deleted`,
    holds: any(
      not(all(equals('spec.cleanupMetadata', true), stateOnHosts)),
      size(roleField(role, 'nodeSelector'), 1, Number.MAX_SAFE_INTEGER),
    ),
  })),
  // 9
  {
    name: 'no-rebalance',
    field: rebalance,
    message: `${rebalance} is false: a target that is scaled down takes its objects along, whatever ${scaleDownMode} says; they stay on its disks with safe_decommission`,
    holds: not(
      all(equals(rebalance, false), any(absent(scaleDownMode), equals(scaleDownMode, 'safe_decommission'))),
    ),
  },
];
