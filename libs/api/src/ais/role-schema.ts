import * as z from 'zod';
import { nodeSelector, positiveQuantity, resourceRequirements } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import {
  affinity,
  annotations,
  env,
  labelSelector,
  labels,
  podSecurityContext,
  securityContext,
  tolerations,
} from '../schema/pod-types.ts';
import { withRules } from '../schema/rule.ts';
import { maxUnavailableRule } from './aistore-rules.ts';

/** Which of the two kinds of nodes a cluster is made of. */
export type AisRole = 'proxy' | 'target';

/** Ports everybody uses. */
const usualPorts = {
  proxy: { servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 },
  target: { servicePort: 51_081, portPublic: 51_081, portIntraControl: 51_082, portIntraData: 51_083 },
} as const;

function port(description: string, usual: number) {
  return described(
    z.union([z.int(), text(16)]).meta({ 'x-kubernetes-int-or-string': true }),
    `${description} Usually ${usual}.`,
  );
}

/** Ports of a role, as numbers or text. */
export function portsOf(role: AisRole) {
  const usual = usualPorts[role];
  return {
    servicePort: port('Port of the Services that clients use.', usual.servicePort),
    portPublic: port('Port the process listens on for clients.', usual.portPublic),
    portIntraControl: port('Port for control between the nodes of the cluster.', usual.portIntraControl),
    portIntraData: port('Port for data between the nodes of the cluster.', usual.portIntraData),
  };
}

/** What both versions say of the pods of a role. */
export const schedulingFields = {
  securityContext: described(
    podSecurityContext().optional(),
    'Security context of the pods (core/v1 PodSecurityContext). Left out, the seccomp profile of the container runtime applies.',
  ),
  capabilities: described(
    securityContext().optional(),
    'Deprecated for aisContainerSecurityContext, without which it counts: security context of the main container, in spite of its name.',
  ),
  affinity: described(
    affinity().optional(),
    'Where the pods run and where not (core/v1 Affinity). Without a podAntiAffinity in it, no two of the role run on a node. It cannot be changed.',
  ),
  nodeSelector: described(
    nodeSelector.optional(),
    'Labels of the nodes the pods run on. Needed where the nodes say how many there are. It cannot be changed.',
  ),
  tolerations: described(tolerations().optional(), 'Taints the pods tolerate.'),
};

const probeTimes = z.object({
  periodSeconds: described(int32(1).optional(), 'Time between two probes.'),
  timeoutSeconds: described(int32(1).optional(), 'Time for an answer.'),
  failureThreshold: described(int32(1).optional(), 'Failures in a row that count.'),
  initialDelaySeconds: described(int32(0).optional(), 'Time before the first probe.'),
});

/** The API server refuses an empty block, as the older CRD did. */
function filled<S extends z.ZodType>(schema: S): S {
  return schema
    .refine((block) => Object.keys(block as object).length > 0, { error: 'must have a field' })
    .meta({ ...schema.meta(), minProperties: 1 }) as S;
}

const probes = filled(
  z.object({
    liveness: described(filled(probeTimes).optional(), 'Probe whose failure restarts the container.'),
    readiness: described(filled(probeTimes).optional(), 'Probe whose failure takes the pod out of Services.'),
    startup: described(filled(probeTimes).optional(), 'Probe that both wait for.'),
  }),
);

const retention = z.enum(['Retain', 'Delete']).optional();

const autoScale = z.object({
  sizeLimit: described(int32(1).optional(), 'Most pods there are, however many nodes match.'),
  maxUnavailable: described(
    int32(0).optional(),
    'Pods that may be missing while the cluster counts as ready. Left out it is 0.',
  ),
});

function roleFields(role: AisRole) {
  return {
    ...portsOf(role),
    ...schedulingFields,
    size: described(
      int32(-1).optional(),
      'How many there are, in place of spec.size. -1 is one on every node that nodeSelector matches.',
    ),
    autoScale: described(autoScale.optional(), 'Limits for a size of -1.'),
    annotations: described(annotations().optional(), 'Annotations of the pods.'),
    labels: described(labels().optional(), 'Labels of the pods; none of those the operator sets.'),
    resources: described(
      resourceRequirements().optional(),
      'CPU and memory of the main container. Left out, it has no limits.',
    ),
    aisContainerSecurityContext: described(
      securityContext().optional(),
      'Security context of the main container (core/v1 SecurityContext). Left out, it has no capabilities and gets no privileges.',
    ),
    env: described(env().optional(), 'Environment of the main container.'),
    hostPort: described(
      int32(1, 65_535).optional(),
      'Port of the node that leads to portPublic. It cannot be changed.',
    ),
    pvcRetentionPolicy: described(
      z
        .object({
          whenDeleted: described(retention, 'When the StatefulSet is deleted. Left out it is Retain.'),
          whenScaled: described(retention, 'When there are fewer pods than before. Left out it is Retain.'),
        })
        .optional(),
      'What becomes of the claims of pods that are gone (apps/v1 StatefulSet).',
    ),
    probes: described(probes.optional(), 'Times of the probes; what they ask is fixed.'),
    externalAccess: described(
      z
        .object({
          annotations: described(
            annotations().optional(),
            'Annotations of the Services, for what makes their load balancers.',
          ),
        })
        .optional(),
      role === 'proxy'
        ? 'One Service of type LoadBalancer for all proxies. Leave it out for none.'
        : 'A Service of type LoadBalancer for each target. Leave it out for none.',
    ),
  };
}

/** `.spec.proxySpec`. */
export const proxySchema = z.object(roleFields('proxy'));

const mountPath = described(
  text().min(1),
  'Where the disk is in the pod, such as /ais/nvme0n1: absolute, and no other mount has it.',
);
const claimClass = described(
  text(253).optional(),
  'StorageClass of the claim. Left out, it is the default one of the cluster.',
);

const mount = z.object({
  path: mountPath,
  size: described(
    positiveQuantity.optional(),
    'How much is claimed, such as 10Gi; a fraction of a byte is dropped. Left out, nothing is said.',
  ),
  storageClass: claimClass,
  useHostPath: described(
    z.boolean().optional(),
    'Whether it is a folder of the node below this path, in place of a volume that is claimed.',
  ),
  selector: described(labelSelector().optional(), 'Labels of the volumes the claim takes.'),
  label: described(
    text(253).optional(),
    'Label of the mountpath in AIStore. Mountpaths on one file system need the same one.',
  ),
});

/** Most disks of a target. */
const maxMounts = 128;

/** `mounts[]` of v1alpha1. */
export const olderMounts = z
  .array(
    z.object({
      path: mountPath,
      size: described(positiveQuantity, 'How much is claimed, such as 10Gi.'),
      storageClass: claimClass,
    }),
  )
  .max(maxMounts);

const disruptionBudget = z.object({
  enabled: described(z.boolean().default(false), 'Whether there is one.'),
  maxUnavailable: described(
    withRules(z.union([z.int(), text(16)]).meta({ 'x-kubernetes-int-or-string': true }), [
      maxUnavailableRule,
    ]).optional(),
    'Targets that may be evicted at the same time, as a number or percentage. Left out it is 0.',
  ),
});

/** `.spec.targetSpec`. */
export const targetSchema = z.object({
  ...roleFields('target'),
  mounts: described(
    z.array(mount).max(maxMounts),
    'Disks of a target. Object data is on them. They cannot be changed.',
  ),
  disablePodAntiAffinity: described(
    z.boolean().optional(),
    'Whether a node may have more than one target. It cannot be changed.',
  ),
  hostNetwork: described(
    z.boolean().optional(),
    'Whether targets use the network of their node. It cannot be changed.',
  ),
  pdb: described(
    disruptionBudget.optional(),
    'PodDisruptionBudget of the targets, which holds up evictions.',
  ),
  scaleDownMode: described(
    z.enum(['decommission', 'retain', 'safe_decommission']).default('safe_decommission'),
    'What becomes of a target that is no longer wanted: safe_decommission moves its objects to the others and keeps its disks as they are, decommission moves them and wipes its disks, retain leaves them with it for when it comes back.',
  ),
});
