import type { AuditEvent } from './audit-event.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const writes = new Set(['create', 'update', 'patch']);

/** One permission a request needed. */
export interface AccessUse {
  readonly verb: string;
  /** API group, empty for the core group; undefined for a path outside the resources. */
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of a request outside the resources. */
  readonly path?: string;
}

/**
 * The permissions the request of `event` needed. More than its own verb:
 * writing an object that did not exist also needs `create` (server-side apply
 * shows only as `patch`), writing a binding to a role can need `bind` on that
 * role, and writing a role can need `escalate` on it.
 */
export function accessUses(event: AuditEvent): AccessUse[] {
  if (!event.authorized) return [];
  const { verb, group, resource, subresource, namespace, name } = event;
  if (group === undefined || resource === undefined) return [{ verb, path: event.path }];
  const own: AccessUse = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  const created = event.code === 201 && (verb === 'patch' || verb === 'update');
  return [own, ...(created ? [{ ...own, verb: 'create' }] : []), ...roleUses(event)];
}

function roleUses(event: AuditEvent): AccessUse[] {
  const { verb, group, resource, namespace, name, roleRef } = event;
  if (group !== rbacGroup || !writes.has(verb)) return [];
  const scope = namespace === undefined ? {} : { namespace };
  if (roleRef !== undefined) {
    const plural = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    return [{ verb: 'bind', group, resource: plural, name: roleRef.name, ...scope }];
  }
  if ((resource === 'roles' || resource === 'clusterroles') && name !== undefined) {
    return [{ verb: 'escalate', group, resource, name, ...scope }];
  }
  return [];
}

/** The verbs used on one kind of resource, or on one path. */
export interface UsedVerbs {
  /** `pods`, `pods/status`, `daemonsets.apps/status`, or a path. */
  readonly target: string;
  readonly verbs: readonly string[];
  /** Names of the objects, as far as requests named one. */
  readonly names: readonly string[];
}

/** What was used, summed up per kind of resource, in alphabetical order. */
export function usedVerbs(uses: Iterable<AccessUse>): UsedVerbs[] {
  const byTarget = new Map<string, { verbs: Set<string>; names: Set<string> }>();
  for (const use of uses) {
    const target = formatTarget(use);
    const entry = byTarget.get(target) ?? { verbs: new Set(), names: new Set() };
    byTarget.set(target, entry);
    entry.verbs.add(use.verb);
    if (use.name !== undefined) entry.names.add(use.name);
  }
  return [...byTarget]
    .map(([target, { verbs, names }]) => ({ target, verbs: [...verbs].sort(), names: [...names].sort() }))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

/** `daemonsets.apps/status`, as kubectl writes it, or the path. */
export function formatTarget(use: Pick<AccessUse, 'group' | 'resource' | 'subresource' | 'path'>): string {
  if (use.resource === undefined) return use.path ?? '';
  const group = use.group ? `.${use.group}` : '';
  return `${use.resource}${group}${use.subresource === undefined ? '' : `/${use.subresource}`}`;
}
