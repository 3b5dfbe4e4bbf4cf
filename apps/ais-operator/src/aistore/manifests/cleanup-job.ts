import type { AIStore } from '@rackwright/api';
import { fitName } from '@rackwright/core';
import { ais, kubernetes } from '@rackwright/keys';
import type { Job, KubeObject, Node } from '@rackwright/kube';
import { type EffectiveSpec, pullSecrets } from '../effective.ts';
import { ownedMeta, ownerLabels } from '../identity.ts';

/** Deletes what AIStore knows itself by from a folder, and nothing else (ais.md §3.6). */
const helperImage = 'docker.io/aistorage/ais-operator-helper:latest';

/** One for each node that may have had a pod of the cluster with its state in a folder of the node. */
export function cleanupJobs(cluster: AIStore, { spec, state }: EffectiveSpec, nodes: readonly Node[]): Job[] {
  if (state.kind !== 'host path') return [];
  const { name = '', namespace = '' } = cluster.metadata ?? {};
  const owner = { name, namespace, object: cluster };
  const path = `${state.prefix}/${namespace}/${name}`;
  const secrets = pullSecrets(spec);
  const selectors = [spec.proxySpec.nodeSelector ?? {}, spec.targetSpec.nodeSelector ?? {}];
  const tolerations = [...(spec.proxySpec.tolerations ?? []), ...(spec.targetSpec.tolerations ?? [])];
  return nodes
    .filter(({ metadata }) =>
      selectors.some((selector) =>
        Object.entries(selector).every(([key, value]) => metadata?.labels?.[key] === value),
      ),
    )
    .map((node) => {
      const nodeName = node.metadata?.name ?? '';
      const hostname = node.metadata?.labels?.[kubernetes.label.hostname] ?? nodeName;
      return {
        ...{ apiVersion: 'batch/v1', kind: 'Job' },
        metadata: ownedMeta(owner, fitName(`${name}-cleanup-${nodeName.replaceAll('.', '-')}`, 63), {
          ...ownerLabels(name),
          [ais.label.app]: name,
          [kubernetes.label.component]: 'cleanup',
        }),
        spec: {
          backoffLimit: 2,
          template: {
            metadata: { labels: { ...ownerLabels(name), [kubernetes.label.component]: 'cleanup' } },
            spec: {
              restartPolicy: 'Never',
              automountServiceAccountToken: false,
              affinity: {
                nodeAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: {
                    nodeSelectorTerms: [
                      {
                        matchExpressions: [
                          { key: kubernetes.label.hostname, operator: 'In', values: [hostname] },
                        ],
                      },
                    ],
                  },
                },
              },
              ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets }),
              ...(tolerations.length === 0 ? {} : { tolerations }),
              containers: [
                {
                  ...{ name: 'cleanup', image: helperImage },
                  command: ['/cleanup-helper', `-dir=${path}`],
                  volumeMounts: [{ name: 'state', mountPath: path }],
                },
              ],
              volumes: [{ name: 'state', hostPath: { path, type: 'DirectoryOrCreate' } }],
            },
          },
        },
      } satisfies Job;
    });
}

/** Whether a job has ended, with or without success; one that failed is told, and does not hold up the end for ever. */
export function isFinished(job: Job, live: readonly KubeObject[]): boolean {
  const found = live.find(({ kind, metadata }) => kind === 'Job' && metadata?.name === job.metadata?.name) as
    | Job
    | undefined;
  return (
    found?.status?.conditions?.some(
      ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
    ) === true
  );
}
