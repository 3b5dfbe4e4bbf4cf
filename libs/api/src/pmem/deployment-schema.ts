import { maxLabelLength } from '@rackwright/core';
import * as z from 'zod';
import { nodeSelector, resourceRequirements } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import { labelValuePattern } from '../schema/label-syntax.ts';
import { withRules } from '../schema/rule.ts';
import { imageRule, kubeletDirRule, maxUnavailableRule, replicasRule } from './deployment-rules.ts';

/** Image of a container, or nothing for that of the installation. */
export function image(field: string, what: string) {
  return described(
    withRules(text(512), [imageRule(field)]).optional(),
    `Container image of the ${what}. Left out or empty, the operator uses the one it was installed with.`,
  );
}

function resources(container: string, requests: string) {
  return described(
    resourceRequirements().optional(),
    `CPU and memory of the ${container}. Left out, it requests ${requests}.`,
  );
}

const replicas = 'How many pods of the controller there are; 0 is 1.';

/** Labels of objects. */
export const labels = z.record(z.string(), text(maxLabelLength).regex(new RegExp(labelValuePattern)));

const intOrPercentage = withRules(
  z.union([int32(0), z.string()]).meta({ 'x-kubernetes-int-or-string': true }),
  [maxUnavailableRule],
);

/**
 * `.spec` of a PmemCSIDeployment; all of it may be left out. It has no defaults:
 * columns and users see what was written, and a later operator may choose better ones.
 */
export const pmemCsiDeploymentSpecSchema = withRules(
  z.object({
    image: image('spec.image', 'driver'),
    imagePullPolicy: described(
      z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
      'When images are pulled. Left out it is IfNotPresent.',
    ),
    provisionerImage: image('spec.provisionerImage', 'external-provisioner'),
    resizerImage: described(
      withRules(text(512), [imageRule('spec.resizerImage')]).optional(),
      'Container image of the external-resizer. Left out or empty, the operator uses the one it was installed with, and none beside a driver that spec.image names, which may be one that cannot grow volumes.',
    ),
    nodeRegistrarImage: image(
      'spec.nodeRegistrarImage',
      'program that registers the driver with the kubelet. The image of the driver has one',
    ),
    controllerDriverResources: resources('driver container in the controller', '12m and 128Mi'),
    nodeDriverResources: resources('driver container on nodes', '100m and 250Mi'),
    provisionerResources: resources('external-provisioner', '12m and 128Mi'),
    resizerResources: resources('external-resizer', '12m and 128Mi'),
    nodeRegistrarResources: resources('registrar', '12m and 128Mi'),
    controllReplicas: described(int32(0).optional(), replicas),
    controllerReplicas: described(int32(0).optional(), `${replicas} The same as controllReplicas.`),
    deviceMode: described(
      z.enum(['lvm', 'direct', 'fake', 'loop']).optional(),
      'How volumes are made: lvm from volume groups, direct as namespaces. fake makes folders and loop files on loop devices, for tests and demonstrations on machines without persistent memory. Left out it is lvm.',
    ),
    logLevel: described(
      int32(0, 65_535).optional(),
      'How much is logged, from 1 to 5; 0 or left out it is 3.',
    ),
    logFormat: described(z.enum(['text', 'json']).optional(), 'How it is logged. Left out it is text.'),
    nodeSelector: described(
      nodeSelector.optional(),
      'Labels of the nodes the driver runs on. Left out it is storage: pmem; {} is every node.',
    ),
    pmemPercentage: described(
      int32(0, 100).optional(),
      'How much of the persistent memory of a node the driver may use, in mode lvm; 0 or left out it is 100. What it has it keeps.',
    ),
    labels: described(labels.optional(), 'Labels of every object that is made for it, and of its pods.'),
    kubeletDir: described(
      withRules(text(), [kubeletDirRule]).optional(),
      "The kubelet's root folder on the nodes. Left out it is that of the operator.",
    ),
    maxUnavailable: described(
      intOrPercentage.optional(),
      'On how many nodes the driver may be missing while it is replaced. Left out it is 1.',
    ),
    controllerTLSSecret: described(text(253).optional(), 'Without effect; there is no webhook any more.'),
    mutatePods: described(
      z.enum(['Always', 'Try', 'Never']).optional(),
      'Without effect; the scheduler knows the capacity of nodes.',
    ),
    schedulerNodePort: described(
      int32(0, 65_535).optional(),
      'Without effect; there is no scheduler extender any more.',
    ),
  }),
  [replicasRule],
);
