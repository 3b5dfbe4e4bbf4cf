import type { HeldDevice } from '../pod-resources.ts';
import { deviceOf } from '../profile/device-ids.ts';

/** One id of a device that a pod has, as far as the plugin knows. */
export interface Assignment {
  readonly resource: string;
  readonly id: string;
  /** Whether the kubelet has confirmed it since it was learnt or marked stale. */
  readonly confirmed: boolean;
  /** When it was learnt or marked stale, in milliseconds of a clock that does not go backwards. */
  readonly since: number;
  /** The pod, once the kubelet has told. */
  readonly pod?: string;
}

/** The assignments of each device, by its name. */
export type Assignments = ReadonlyMap<string, readonly Assignment[]>;

/**
 * How long an assignment counts that the kubelet does not list. It lists a pod
 * only when its admission is done, and after a restart only once it knows its
 * pods again; it never lists ordinary init containers.
 */
export const unconfirmedMs = 60_000;

/** Adds ids that were allocated. */
export function assigned(
  assignments: Assignments,
  resource: string,
  ids: readonly string[],
  now: number,
): Assignments {
  const next = new Map(assignments);
  for (const id of ids) {
    const others = (next.get(deviceOf(id)) ?? []).filter((one) => !isSame(one, resource, id));
    next.set(deviceOf(id), [...others, { resource, id, confirmed: false, since: now }]);
  }
  return next;
}

/** Brings the assignments in line with what the kubelet lists. */
export function reconciled(
  assignments: Assignments,
  listed: readonly HeldDevice[],
  now: number,
): Assignments {
  const next = new Map<string, Assignment[]>();
  const add = (one: Assignment): void => {
    const device = deviceOf(one.id);
    const known = next.get(device) ?? [];
    if (!known.some((other) => isSame(other, one.resource, one.id))) next.set(device, [...known, one]);
  };
  for (const { resource, id, namespace, pod } of listed) {
    add({ resource, id, confirmed: true, since: now, pod: `${namespace}/${pod}` });
  }
  for (const one of [...assignments.values()].flat()) {
    if (!one.confirmed && now - one.since < unconfirmedMs) add(one);
  }
  return next;
}

/** The kubelet is new and may not know its pods yet: nothing counts as confirmed until it lists it again. */
export function markedStale(assignments: Assignments, now: number): Assignments {
  return new Map(
    [...assignments].map(([device, list]) => [
      device,
      list.map((one) => ({ ...one, confirmed: false, since: now })),
    ]),
  );
}

/** Whether two states have the same ids assigned. */
export function sameAssignments(a: Assignments, b: Assignments): boolean {
  const text = (assignments: Assignments): string =>
    [...assignments.values()]
      .flat()
      .map(({ resource, id }) => `${resource} ${id}`)
      .sort()
      .join('\n');
  return a === b || text(a) === text(b);
}

function isSame(one: Assignment, resource: string, id: string): boolean {
  return one.resource === resource && one.id === id;
}
