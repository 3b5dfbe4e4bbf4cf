import type { Job, KubeObject, PolicyRule, Subject } from '@rackwright/kube';
import { removalClusterRules, removalNamespaceRules } from '../cxidriver/install.ts';
import { removalWritePolicy } from './operator-write-policy.ts';
import { type InstallValues, imageArchitecture, installLabels } from './values.ts';

/** Where the job runs: the namespace of the operator may be gone. */
const namespace = 'default';
const apiGroup = 'rbac.authorization.k8s.io';

/**
 * A job that takes every CXIDriver away without operator, roles and policies:
 * for clusters from which everything was deleted at once. Its rights are not
 * held to the namespace of the operator, which may be gone too.
 */
export function removalObjects(values: InstallValues): readonly KubeObject[] {
  const name = `${values.name}-removal`;
  const labels = installLabels(values);
  const metadata = { name, labels };
  const subjects: Subject[] = [{ kind: 'ServiceAccount', name, namespace }];
  const rules: PolicyRule[] = [...removalClusterRules, ...removalNamespaceRules];
  const rbac = { apiVersion: `${apiGroup}/v1`, metadata };
  const roleRef = { apiGroup, kind: 'ClusterRole', name };
  const account = { metadata: { ...metadata, namespace }, automountServiceAccountToken: false };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', ...account },
    { ...rbac, kind: 'ClusterRole', ...{ rules } },
    { ...rbac, kind: 'ClusterRoleBinding', ...{ roleRef, subjects } },
    ...removalWritePolicy(values, name, { accountNamespace: namespace }),
    job(values, name),
  ];
}

function job(values: InstallValues, name: string): Job {
  const labels = installLabels(values);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 2,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: name,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': imageArchitecture },
          securityContext: {
            runAsNonRoot: true,
            ...{ runAsUser: 65_532, runAsGroup: 65_532 },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'removal',
              image: values.image,
              imagePullPolicy: 'IfNotPresent',
              args: ['remove', '--all', `--namespace=${values.namespace}`],
              terminationMessagePolicy: 'FallbackToLogsOnError',
              securityContext: {
                ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}
