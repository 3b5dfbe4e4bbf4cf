import type { AIStore } from '@rackwright/api';
import { fitName } from '@rackwright/core';
import { ais, kubernetes } from '@rackwright/keys';
import type { Job, KubeObject, Node } from '@rackwright/kube';
import { type EffectiveSpec, pullSecrets } from '../effective.ts';
import { ownedMeta, ownerLabels } from '../identity.ts';
import { mayHavePods } from '../own-nodes.ts';

/** A node that is down, or whose image cannot be had, holds up the end for no longer, in seconds. */
const deadlineSeconds = 300;

/** A node that takes no pods at the moment is cleaned all the same. */
const whileCordoned = {
  key: 'node.kubernetes.io/unschedulable',
  operator: 'Exists',
  effect: 'NoSchedule',
} as const;

/**
 * One for each node that may have had a pod of the cluster with its state in a folder of the node.
 *
 * @param image deletes what AIStore knows itself by from a folder, and nothing else (ais.md §3.6)
 */
export function cleanupJobs(
  cluster: AIStore,
  { spec, state }: EffectiveSpec,
  nodes: readonly Node[],
  image: string,
): Job[] {
  if (state.kind !== 'host path') return [];
  const { name = '', namespace = '' } = cluster.metadata ?? {};
  const owner = { name, namespace, object: cluster };
  const path = `${state.prefix}/${namespace}/${name}`;
  const secrets = pullSecrets(spec);
  const tolerations = [
    ...(spec.proxySpec.tolerations ?? []),
    ...(spec.targetSpec.tolerations ?? []),
    whileCordoned,
  ];
  return nodes
    .filter((node) => mayHavePods(spec, node))
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
          activeDeadlineSeconds: deadlineSeconds,
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
              tolerations,
              containers: [
                {
                  ...{ name: 'cleanup', image },
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

/** Whether a job has ended, with or without success. */
export function isFinished(job: Job, live: readonly KubeObject[]): boolean {
  const found = live.find(({ kind, metadata }) => kind === 'Job' && metadata?.name === job.metadata?.name);
  return found !== undefined && (has(found, 'Complete') || has(found, 'Failed'));
}

/** Why nodes were not cleaned, by the names of their jobs; empty where all were. */
export function failedJobs(live: readonly KubeObject[]): string[] {
  return live
    .filter((object) => object.kind === 'Job' && has(object, 'Failed'))
    .map((object) => {
      const why = (object as Job).status?.conditions?.find(({ type }) => type === 'Failed')?.message ?? '';
      return `Job ${object.metadata?.name} failed${why === '' ? '' : `: ${why}`}`;
    });
}

function has(object: KubeObject, condition: string): boolean {
  const { conditions } = (object as Job).status ?? {};
  return conditions?.some(({ type, status }) => type === condition && status === 'True') === true;
}
