import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@rackwright/kube';
import { type KubeClient, resources } from '@rackwright/kube';
import type { AccessUse } from './access.ts';
import { serviceAccountUser } from './audit-log.ts';

/** The RBAC objects of a cluster. */
export interface RbacSnapshot {
  readonly roles: readonly Role[];
  readonly clusterRoles: readonly ClusterRole[];
  readonly roleBindings: readonly RoleBinding[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
}

/** One permission somebody has: a verb on a resource (each may be `*`), or on a path. */
export interface Grant {
  readonly user: string;
  readonly verb: string;
  readonly group?: string;
  /** With its subresource, as roles write it: `pods/status`. */
  readonly resource?: string;
  /** Restricted to this object. */
  readonly name?: string;
  readonly path?: string;
  /** Restricted to this namespace. */
  readonly namespace?: string;
  /** `ClusterRole/name` or `Role/namespace/name`, where to take it out. */
  readonly role: string;
}

/** Reads the live RBAC objects. */
export async function readRbac(client: KubeClient, signal?: AbortSignal): Promise<RbacSnapshot> {
  const options = signal === undefined ? {} : { signal };
  const [roles, clusterRoles, roleBindings, clusterRoleBindings] = await Promise.all([
    client.list(resources.roles, options),
    client.list(resources.clusterRoles, options),
    client.list(resources.roleBindings, options),
    client.list(resources.clusterRoleBindings, options),
  ]);
  return {
    roles: roles.items,
    clusterRoles: clusterRoles.items,
    roleBindings: roleBindings.items,
    clusterRoleBindings: clusterRoleBindings.items,
  };
}

/**
 * What `user` was given by name, one entry per verb, resource and object name.
 * What everybody has through a group, such as discovery, is left out.
 */
export function grantsOf(user: string, rbac: RbacSnapshot): Grant[] {
  const bound = [...rbac.clusterRoleBindings, ...rbac.roleBindings].filter((binding) => binds(binding, user));
  return bound.flatMap((binding) => {
    const { namespace } = binding.metadata ?? {};
    const scope = namespace === undefined ? {} : { namespace };
    const role = roleOf(binding, rbac);
    return (role.rules ?? []).flatMap((rule) =>
      expand(rule).map((permission) => ({ user, ...permission, ...scope, role: role.label })),
    );
  });
}

/** True if `grant` is one that allows `use`. */
export function allows(grant: Grant, use: AccessUse): boolean {
  if (!matches(grant.verb, use.verb)) return false;
  if (grant.namespace !== undefined && grant.namespace !== use.namespace) return false;
  if (use.resource === undefined) return grant.path !== undefined && matchesPath(grant.path, use.path ?? '');
  if (grant.resource === undefined || !matches(grant.group ?? '', use.group ?? '')) return false;
  if (grant.name !== undefined && grant.name !== use.name) return false;
  return matchesResource(grant.resource, use.resource, use.subresource);
}

/** The grants that no use needed. A grant with wildcards counts as used as soon as anything in it was. */
export function unusedGrants(grants: readonly Grant[], uses: readonly AccessUse[]): Grant[] {
  return grants.filter((grant) => !uses.some((use) => allows(grant, use)));
}

/** `get pods/status in default (Role/default/agent)` */
export function formatGrant(grant: Grant): string {
  const group = grant.group ? `.${grant.group}` : '';
  const [resource, ...sub] = (grant.resource ?? '').split('/');
  const target = grant.path ?? [`${resource}${group}`, ...sub].join('/');
  const name = grant.name === undefined ? '' : ` ${grant.name}`;
  const scope = grant.namespace === undefined ? '' : ` in ${grant.namespace}`;
  return `${grant.verb} ${target}${name}${scope} (${grant.role})`;
}

function binds(binding: RoleBinding, user: string): boolean {
  return (binding.subjects ?? []).some((subject) => {
    if (subject.kind === 'User') return subject.name === user;
    const { namespace = binding.metadata?.namespace ?? '' } = subject;
    return (
      subject.kind === 'ServiceAccount' && serviceAccountUser({ namespace, name: subject.name }) === user
    );
  });
}

/** A role that does not exist grants nothing. */
function roleOf(binding: RoleBinding, rbac: RbacSnapshot): { label: string; rules: PolicyRule[] } {
  const { kind, name } = binding.roleRef;
  const namespace = binding.metadata?.namespace;
  if (kind === 'ClusterRole') {
    const role = rbac.clusterRoles.find((candidate) => candidate.metadata?.name === name);
    return { label: `ClusterRole/${name}`, rules: role?.rules ?? [] };
  }
  const role = rbac.roles.find(({ metadata }) => metadata?.name === name && metadata.namespace === namespace);
  return { label: `Role/${namespace}/${name}`, rules: role?.rules ?? [] };
}

function expand(rule: PolicyRule): Omit<Grant, 'user' | 'role' | 'namespace'>[] {
  const { verbs, apiGroups = [], resources: kinds = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ name }));
  return verbs.flatMap((verb) => [
    ...nonResourceURLs.map((path) => ({ verb, path })),
    ...apiGroups.flatMap((group) =>
      kinds.flatMap((resource) => names.map((name) => ({ verb, group, resource, ...name }))),
    ),
  ]);
}

function matches(granted: string, used: string): boolean {
  return granted === '*' || granted === used;
}

function matchesResource(granted: string, resource: string, subresource: string | undefined): boolean {
  const used = subresource === undefined ? resource : `${resource}/${subresource}`;
  return matches(granted, used) || (subresource !== undefined && granted === `*/${subresource}`);
}

function matchesPath(granted: string, used: string): boolean {
  return granted.endsWith('*') ? used.startsWith(granted.slice(0, -1)) : granted === used;
}
