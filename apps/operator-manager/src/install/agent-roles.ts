import type { PolicyRule } from '@rackwright/kube';
import type { PodRights } from './family-install.ts';
import { agentNamespaceRoleName, agentRoleName, type InstallValues } from './values.ts';

/** The ClusterRoles of one component: name → rules. */
export interface AgentRoles {
  readonly component: string;
  readonly roles: Readonly<Record<string, readonly PolicyRule[]>>;
}

/** The roles an installation ships for the agents that have rights, for operators to bind. */
export function agentRoles(
  agents: Readonly<Record<string, PodRights>>,
  values: Pick<InstallValues, 'name'>,
): AgentRoles[] {
  return Object.values(agents).flatMap(({ component, rights }): AgentRoles[] => {
    if (rights === undefined) return [];
    const { cluster, namespace = [] } = rights;
    const roles = {
      [agentRoleName(values, component)]: cluster,
      ...(namespace.length === 0 ? {} : { [agentNamespaceRoleName(values, component)]: namespace }),
    };
    return [{ component, roles }];
  });
}
