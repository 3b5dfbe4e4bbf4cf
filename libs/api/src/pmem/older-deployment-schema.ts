import { pmem } from '@rackwright/keys';
import * as z from 'zod';
import { nodeSelector, resourceRequirements } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { imageRule, kubeletDirRule } from './deployment-rules.ts';
import { image, labels } from './deployment-schema.ts';
import { driverNameFieldRule } from './older-deployment-rules.ts';

function resources(whose: string) {
  return described(
    resourceRequirements().optional(),
    `CPU and memory of ${whose}. Left out, they are limited to 100m and 250Mi.`,
  );
}

/** Longest chain of certificates or key we take, in base64. */
const maxPem = 65_536;

function pem(what: string) {
  return described(z.string().max(maxPem).meta({ format: 'byte' }).optional(), what);
}

function secret(whose: string) {
  return described(
    text(253).optional(),
    `Name of a Secret in the namespace of the operator with the certificate of ${whose} as tls.crt, its key as tls.key and, where spec.caCert is left out, the CA as ca.crt. In place of the two fields of the spec, which everybody can read who may read this object.`,
  );
}

const pullPolicy = z.enum(['Always', 'IfNotPresent', 'Never']).optional();

/** `.spec` of the first operator's Deployment; all of it may be left out, and nothing is written back. */
export const pmemDeploymentSpecSchema = z.object({
  driverName: described(
    withRules(text(63), [driverNameFieldRule]).optional(),
    `Name of the CSI driver. Left out it is ${pmem.driverName}, or the name of this object where that has a dot, as of a later operator.`,
  ),
  image: image('spec.image', 'driver'),
  imagePullPolicy: described(pullPolicy, 'When images are pulled. Left out it is IfNotPresent.'),
  pullPolicy: described(pullPolicy, 'The same; imagePullPolicy counts where both are there.'),
  provisionerImage: image('spec.provisionerImage', 'external-provisioner'),
  resizerImage: described(
    withRules(text(512), [imageRule('spec.resizerImage')]).optional(),
    'Container image of an external-resizer in the pod of the controller, by which claims grow. Left out or empty there is none, as in the first operator, and in mode direct, in which volumes do not grow.',
  ),
  nodeRegistrarImage: image(
    'spec.nodeRegistrarImage',
    'program that registers the driver with the kubelet. The image of the driver has one',
  ),
  registrarImage: described(
    withRules(text(512), [imageRule('spec.registrarImage')]).optional(),
    'The same; nodeRegistrarImage counts where both are there.',
  ),
  logLevel: described(int32(0, 65_535).optional(), 'How much is logged, from 1 to 5; 0 or left out it is 3.'),
  deviceMode: described(
    z.enum(['lvm', 'direct', 'fake', 'loop']).optional(),
    'How volumes are made: lvm from volume groups, direct as namespaces. fake makes folders and loop files on loop devices, for tests and demonstrations on machines without persistent memory. Left out it is lvm.',
  ),
  controllerResources: resources('every container of the controller'),
  nodeResources: resources('every container on nodes'),
  registryCert: pem('Certificate of the registry in the controller, named pmem-registry, as base64 of PEM.'),
  registryKey: pem('Its key. Better in spec.registrySecret.'),
  nodeControllerCert: pem(
    'Certificate of the driver on nodes, named pmem-node-controller, as base64 of PEM.',
  ),
  nodeControllerKey: pem('Its key. Better in spec.nodeControllerSecret.'),
  caCert: pem('Certificate of the CA that signed both. Without any the operator makes and renews them.'),
  registrySecret: secret('the registry'),
  nodeControllerSecret: secret('the driver on nodes'),
  nodeSelector: described(
    nodeSelector.optional(),
    'Labels of the nodes the driver runs on. Left out it is storage: pmem; {} is every node.',
  ),
  pmemPercentage: described(
    int32(1, 100).optional(),
    'How much of the persistent memory of a node the driver may use, in mode lvm. Left out it is 100. What it has it keeps.',
  ),
  labels: described(labels.optional(), 'Labels of every object that is made for it, and of its pods.'),
  kubeletDir: described(
    withRules(text(), [kubeletDirRule]).optional(),
    "The kubelet's root folder on the nodes. Left out it is that of the operator.",
  ),
});
