import type { KubeClient, KubeObject, PolicyRule } from '@rackwright/kube';
import { resources } from '@rackwright/kube';
import { agentRoles } from '../install/agent-roles.ts';
import { type ControllerInstall, type FamilyInstall, policyWithBinding } from '../install/family-install.ts';
import { operatorWritePolicy } from '../install/operator-write-policy.ts';
import { defaultValues } from '../install/values.ts';

const rbac = 'rbac.authorization.k8s.io/v1';

/** One installation, by its operator's account. */
export interface Installed {
  readonly namespace: string;
  readonly name: string;
}

/** Account, rights and policies of one family, as the charts ship them. */
export function familyInstallation(
  { controller, agents }: FamilyInstall & { readonly controller: ControllerInstall },
  { namespace, name: operator }: Installed,
): KubeObject[] {
  const values = { ...defaultValues({}), name: operator, namespace };
  const role = (kind: 'ClusterRole' | 'Role', name: string, rules: readonly PolicyRule[]): KubeObject => {
    const metadata = kind === 'Role' ? { name, namespace } : { name };
    return { apiVersion: rbac, kind, metadata, ...{ rules } };
  };
  const binding = (kind: 'ClusterRole' | 'Role'): KubeObject => ({
    ...{ apiVersion: rbac, kind: `${kind}Binding` },
    metadata: kind === 'Role' ? { name: operator, namespace } : { name: operator },
    ...{
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: operator },
      subjects: [{ kind: 'ServiceAccount', name: operator, namespace }],
    },
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: operator, namespace } },
    role('ClusterRole', operator, controller.clusterRules(values)),
    role('Role', operator, controller.namespaceRules),
    ...[binding('ClusterRole'), binding('Role')],
    ...agentRoles(agents, values).flatMap(({ roles }) =>
      Object.entries(roles).map(([name, rules]) => role('ClusterRole', name, rules)),
    ),
    ...operatorWritePolicy(values, [controller]),
    ...Object.entries(controller.nodePolicies).flatMap(([suffix, spec]) =>
      policyWithBinding(`${operator}-${suffix}`, {}, spec(values)),
    ),
  ];
}

/** Applies objects of any kind that `resources` knows. */
export async function applyAll(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  const options = { fieldManager: 'test', signal: AbortSignal.timeout(60_000) };
  for (const object of objects) {
    const type = Object.values(resources).find(({ kind }) => kind === object.kind);
    if (type === undefined) throw new Error(`no resource ${object.kind}`);
    await client.apply(type, object, options);
  }
}
