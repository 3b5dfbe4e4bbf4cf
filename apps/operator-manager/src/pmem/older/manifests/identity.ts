import { type pmem, rackwright } from '@rackwright/keys';
import type { ObjectMeta, PodTemplate } from '@rackwright/kube';
import {
  commonLabels,
  type Owner,
  ownedMeta,
  type Part,
  partLabels,
  prefixOf,
} from '../../manifests/identity.ts';
import { type PartSpec, type Parts, podTemplate } from '../../manifests/pod.ts';

/** Key of the label by which the first operator selected pods. */
const app = 'app';

/** Names of what is made for a Deployment; those without a suffix are its account and bindings. */
export function namesOf({ deployment }: Pick<Owner, 'deployment'>) {
  const prefix = prefixOf(deployment);
  return {
    account: prefix,
    controller: `${prefix}-controller`,
    node: `${prefix}-node`,
    metrics: `${prefix}-metrics`,
    ca: `${prefix}-pmem-ca`,
    registry: `${prefix}-pmem-registry`,
    nodeController: `${prefix}-pmem-node-controller`,
  } as const;
}

type OlderPart = Exclude<Part, typeof pmem.part.nodeSetup>;

/** Labels that select the pods of one part. */
export function podSelector(owner: Owner, part: OlderPart): Record<string, string> {
  return { [app]: namesOf(owner)[part] };
}

/** Of an object in the namespace of the operator, for one part or for all. */
export function namespacedMeta(owner: Owner, name: string, part?: OlderPart): ObjectMeta & { name: string } {
  const labels = part === undefined ? commonLabels(owner) : partLabels(owner, part);
  return { ...ownedMeta(owner, name, labels), namespace: owner.namespace };
}

/** The pods of one part. */
export function partTemplate(parts: Parts, part: OlderPart, spec: PartSpec): PodTemplate {
  const serviceAccountName = namesOf(parts.owner).account;
  const { metadata, ...template } = podTemplate(parts, part, { serviceAccountName, ...spec });
  const labels = { ...metadata?.labels, ...podSelector(parts.owner, part) };
  // Pods of a simulated cluster reach each other through a proxy, which they have to ask for.
  const annotations = { ...metadata?.annotations, [rackwright.annotation.networkProxy]: 'true' };
  return { metadata: { ...metadata, labels, annotations }, ...template };
}
