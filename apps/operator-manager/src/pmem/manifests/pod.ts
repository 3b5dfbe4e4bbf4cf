import { kubernetes, pmem } from '@rackwright/keys';
import type { Affinity, Container, PodSpec, PodTemplate, Probe } from '@rackwright/kube';
import { noVirtualNodes } from '@rackwright/manager';
import { metricsPort } from '../descriptors.ts';
import type { EffectiveSpec } from '../effective.ts';
import type { PmemSettings } from '../settings.ts';
import { accountName } from './accounts.ts';
import { type Owner, type Part, partLabels } from './identity.ts';

/** What all workloads of a deployment are made from. */
export interface Parts {
  readonly owner: Owner;
  readonly spec: EffectiveSpec;
  readonly settings: PmemSettings;
}

/** What pods of one part have of their own. */
export type PartSpec = Pick<
  PodSpec,
  | 'containers'
  | 'volumes'
  | 'nodeSelector'
  | 'priorityClassName'
  | 'securityContext'
  | 'serviceAccountName'
  | 'automountServiceAccountToken'
>;

/** The template of the pods of one part, without what only it has. */
export function podTemplate({ owner, settings }: Parts, part: Part, spec: PartSpec): PodTemplate {
  const { imagePullSecrets } = settings;
  const nodeSelector = { [kubernetes.label.os]: 'linux', ...spec.nodeSelector };
  return {
    metadata: {
      labels: { ...partLabels(owner, part), [pmem.label.webhook]: 'ignore' },
      annotations: {
        [kubernetes.annotation.defaultContainer]: 'pmem-driver',
        ...(part === pmem.part.nodeSetup ? {} : { [pmem.annotation.scrape]: 'containers' }),
      },
    },
    spec: {
      serviceAccountName: accountName(owner, part),
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      ...(imagePullSecrets.length === 0
        ? {}
        : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
      affinity: affinity(nodeSelector, settings),
      tolerations: [
        { operator: 'Exists', effect: 'NoSchedule' },
        { operator: 'Exists', effect: 'NoExecute' },
      ],
      ...spec,
      nodeSelector,
    },
  };
}

/** No image is sent where it cannot run, and no driver where no kubelet is. */
function affinity(nodeSelector: Readonly<Record<string, string>>, { architectures }: PmemSettings): Affinity {
  const arch = { key: kubernetes.label.arch, operator: 'In', values: [...architectures] };
  const matchExpressions = [...(architectures.length === 0 ? [] : [arch]), ...noVirtualNodes(nodeSelector)];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
}

/** Where the driver leaves the error it ends with. */
const terminationLog = '/tmp/termination-log';

/** The driver in one of its modes; its image starts it. */
export function driverContainer(
  { spec }: Parts,
  { env = [], ...container }: Omit<Container, 'name' | 'image' | 'imagePullPolicy'>,
): Container {
  return {
    name: 'pmem-driver',
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy,
    env: [...env, { name: 'TERMINATION_LOG_PATH', value: terminationLog }],
    terminationMessagePath: terminationLog,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...container,
  };
}

/** A probe that asks for metrics; those of the driver it has at hand whatever its devices do. */
export function metricsProbe(path: string, timing: Probe): Probe {
  return { httpGet: { path, port: metricsPort.name }, timeoutSeconds: 5, ...timing };
}

/** `-flag=value`, as the older driver has it. */
export function flag(name: string, value: string | number): string {
  return `-${name}=${value}`;
}
