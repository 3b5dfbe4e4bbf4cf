import { absent, all, any, between, type Condition, equals, present, same } from '../admission/condition.ts';
import type { AisRole } from './role-schema.ts';

/** Both kinds of nodes a cluster is made of. */
export const roles: readonly AisRole[] = ['proxy', 'target'];

/** Where a field of a role is. */
export function roleField(role: AisRole, field = ''): string {
  return `spec.${role}Spec${field === '' ? '' : `.${field}`}`;
}

export const clusterSize = 'spec.size';
export const sizesOf = (role: AisRole): string[] => [clusterSize, roleField(role, 'size')];

/** The size is what nodes say. */
const isAuto = (place: string): Condition => between(place, -1, -1);

/** A size that a cluster can have. */
export function isSize(place: string): Condition {
  return any(between(place, 1, 2 ** 31 - 1), isAuto(place));
}

/** A size of -1 of the cluster wins over that of a role. */
export function autoscales(role: AisRole): Condition {
  return any(...sizesOf(role).map(isAuto));
}

export const state = {
  storage: 'spec.stateStorage',
  olderPrefix: 'spec.hostpathPrefix',
  olderClass: 'spec.stateStorageClass',
} as const;

/** Every place that says where the state is. */
export const statePlaces: readonly string[] = Object.values(state);

/** The two places of the StorageClass of the state, each with when it is the one that counts; `root` is that of the places. */
export function stateClasses(root: '' | 'before.' = ''): readonly { place: string; counts: Condition }[] {
  const newer = `${state.storage}.pvc.storageClass`;
  return [
    { place: newer, counts: present(root + newer) },
    {
      place: state.olderClass,
      counts: all(absent(root + state.storage), present(root + state.olderClass)),
    },
  ];
}

/** The state is in folders of nodes. */
export const stateOnHosts: Condition = any(
  present(`${state.storage}.hostPath`),
  all(absent(state.storage), absent(state.olderClass), present(state.olderPrefix)),
);

/**
 * The request changes an object and leaves these places as they were: what was
 * wrong in them before, because a rule is newer than the object or something
 * went away, is no reason to refuse the change of something else.
 */
export function leaves(places: readonly string[]): Condition {
  return all(present('before.metadata'), ...places.map((place) => same(place, `before.${place}`)));
}

/** Off, or not said. */
export function isOff(place: string): Condition {
  return any(absent(place), equals(place, false));
}
