import { maxLabelLength } from '@rackwright/core';
import * as z from 'zod';
import { described, int64, text, timestamp } from './fields.ts';
import { isLabelKey, labelValuePattern } from './label-syntax.ts';
import { withRules } from './rule.ts';
import { tolerationRules } from './toleration-rules.ts';

/** Text of a quantity (k8s.io/apimachinery pkg/api/resource, the pattern controller-gen writes). */
const quantityPattern =
  /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/;

/** resource.Quantity: a number, or text such as 64Mi or 100m. */
export const quantity = z.union([z.int(), z.string().regex(quantityPattern)]).meta({
  pattern: quantityPattern.source,
  'x-kubernetes-int-or-string': true,
});

/** One above zero. A rule would say so in words, but of text that long its cost is beyond what a list may have. */
const positivePattern =
  /^[+]?([0-9]*[1-9][0-9]*([.][0-9]*)?|[0-9]*[.][0-9]*[1-9][0-9]*)(([KMGTPE]i)|[numkMGTPE]|([eE][+-]?[0-9]+))?$/;

/** A quantity above zero. */
export const positiveQuantity = z.union([z.int().min(1), z.string().regex(positivePattern)]).meta({
  ...{ minimum: 1, pattern: positivePattern.source },
  'x-kubernetes-int-or-string': true,
});

const claim = z.object({
  name: described(text(), 'Name of one entry in resourceClaims of the pod.'),
  request: described(text().optional(), 'Name of a request in the claim; all of them when left out.'),
});

/** core/v1 ResourceRequirements. */
export function resourceRequirements() {
  return z.object({
    limits: described(
      z.record(z.string(), quantity).optional(),
      'The most a container may use, by resource name, such as cpu: 200m or memory: 128Mi.',
    ),
    requests: described(
      z.record(z.string(), quantity).optional(),
      'What is set aside for a container, by resource name. Defaults to the limits where those are given.',
    ),
    claims: described(
      z
        .array(claim)
        .optional()
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
      'Dynamic resource claims the container uses.',
    ),
  });
}

const tolerationFields = z.object({
  key: described(text().optional(), 'Key of the taint. Left out with operator Exists it matches every key.'),
  operator: described(
    z.enum(['Exists', 'Equal']).optional(),
    'How the key relates to the value. Equal when left out.',
  ),
  value: described(text().optional(), 'Value of the taint. Must be left out with operator Exists.'),
  effect: described(
    z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
    'Effect of the taint. All effects when left out.',
  ),
  tolerationSeconds: described(
    int64(Number.MIN_SAFE_INTEGER).optional(),
    'How many seconds a NoExecute taint is tolerated. For ever when left out.',
  ),
});

/** core/v1 Toleration, with the rules by which the API server refuses pods (k8s.io/kubernetes ValidateTolerations). */
export const toleration = withRules(tolerationFields, tolerationRules);

/** Value of a label. */
export const labelValue = text(maxLabelLength).regex(new RegExp(labelValuePattern));

/**
 * core/v1 node selector map, whose pods the API server refuses when it holds what
 * no label can be. A CRD can say so of the values only: a rule over the keys of a
 * map, which may be of any length, costs more than the API server allows.
 */
export const nodeSelector = z
  .record(z.string(), labelValue)
  .refine((labels) => Object.keys(labels).every(isLabelKey), {
    error: 'the keys of a node selector must be those of labels, such as example.com/rack',
  });

/** meta/v1 Condition; the older API allowed reasons to be empty, so nothing but the shape is checked. */
const condition = z.object({
  type: described(z.string().max(316), 'What the condition is about.'),
  status: described(z.enum(['True', 'False', 'Unknown']), 'Whether it holds.'),
  reason: described(z.string().max(1024), 'One word a program can read for why the status is what it is.'),
  message: described(z.string().max(32_768), 'The same for people.'),
  lastTransitionTime: described(timestamp(), 'When the status last changed.'),
  observedGeneration: described(
    int64(0).optional(),
    'Generation of the object this condition was computed for.',
  ),
});

/** A list of conditions with one entry per type. */
export const conditions = z
  .array(condition)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
