import type {
  Affinity,
  EnvVar,
  LabelSelector,
  PodSecurityContext,
  Probe,
  SecurityContext,
} from '@rackwright/kube';
import * as z from 'zod';
import { labelValue, toleration } from './core-types.ts';
import { described, text } from './fields.ts';

/** Fields of core/v1 that are as large as a CRD; the API server checks them in the pods that come of it. */
function unchecked<T>() {
  return z.looseObject({}).meta({
    'x-kubernetes-preserve-unknown-fields': true,
    additionalProperties: true,
  }) as unknown as z.ZodType<T, T>;
}

/** core/v1 Affinity. */
export function affinity() {
  return unchecked<Affinity>();
}

/** core/v1 PodSecurityContext. */
export function podSecurityContext() {
  return unchecked<PodSecurityContext>();
}

/** core/v1 SecurityContext. */
export function securityContext() {
  return unchecked<SecurityContext>();
}

/** core/v1 Probe. */
export function probe() {
  return unchecked<Probe>();
}

/** meta/v1 LabelSelector. */
export function labelSelector() {
  return unchecked<LabelSelector>();
}

const envVar = z.object({
  name: described(text().min(1), 'Name of the variable.'),
  value: described(text(65_536).optional(), 'Its value. $(NAME) stands for the value of another variable.'),
  valueFrom: described(
    unchecked<NonNullable<EnvVar['valueFrom']>>().optional(),
    'Where the value comes from: configMapKeyRef, secretKeyRef, fieldRef or resourceFieldRef.',
  ),
});

/** Environment of a container. */
export function env() {
  return z.array(envVar).max(256);
}

/** Labels of objects. */
export function labels() {
  return z.record(z.string(), labelValue);
}

/** Annotations of objects. */
export function annotations() {
  return z.record(z.string(), z.string());
}

/** Taints that pods tolerate. */
export function tolerations() {
  return z.array(toleration).max(64);
}

/** Secrets for pulling images. */
export function imagePullSecrets() {
  return z
    .array(z.object({ name: described(text(253).optional(), 'Name of a Secret in the same namespace.') }))
    .max(64);
}

/** When an image is pulled. */
export function pullPolicy() {
  return z.enum(['Always', 'IfNotPresent', 'Never']);
}
