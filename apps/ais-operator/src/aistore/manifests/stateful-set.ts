import type { PodTemplate, StatefulSet } from '@rackwright/kube';
import { names, ownedMeta, podLabels, selectorLabels } from '../identity.ts';
import { podTemplate, type TemplateInput } from './pod-template.ts';
import { podVolumes } from './volumes.ts';

/** What of a StatefulSet changes in the life of a cluster. */
export interface SetShape {
  readonly replicas: number;
  /** Pods below this ordinal keep their template; of proxies alone. */
  readonly partition?: number;
  /** The one that is there, where it shall stay; the one of the spec if left out. */
  readonly template?: PodTemplate;
}

/** The StatefulSet of a role. */
export function statefulSet(
  input: TemplateInput,
  { replicas, partition = 0, template }: SetShape,
): StatefulSet {
  const { owner, effective, role } = input;
  const own = role === 'proxy' ? effective.spec.proxySpec : effective.spec.targetSpec;
  const { claims } = podVolumes(owner, effective, role, input.domain);
  return {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: ownedMeta(owner, names.role(owner.name, role), podLabels(owner.name, role)),
    spec: {
      replicas,
      selector: { matchLabels: selectorLabels(owner.name, role) },
      serviceName: names.role(owner.name, role),
      podManagementPolicy: 'Parallel',
      updateStrategy:
        role === 'proxy' ? { type: 'RollingUpdate', rollingUpdate: { partition } } : { type: 'OnDelete' },
      template: template ?? podTemplate(input),
      ...(claims.length === 0 ? {} : { volumeClaimTemplates: claims }),
      ...(own.pvcRetentionPolicy === undefined
        ? {}
        : { persistentVolumeClaimRetentionPolicy: own.pvcRetentionPolicy }),
    },
  } as StatefulSet;
}
