import type { PodTemplate, StatefulSet } from '@rackwright/kube';
import { podTemplate, type TemplateInput } from '../manifests/pod-template.ts';
import { isContained, rollingChanges } from './template-changes.ts';

/** Which pod template a StatefulSet gets that is there. */
export interface TemplateChoice {
  /** Why its pods have to be replaced; empty when they need not. */
  readonly rolls: readonly string[];
  /** The template it keeps; empty for the one of the spec, which is the same or takes its place. */
  readonly kept: { readonly template?: PodTemplate };
}

export function keptTemplate(input: TemplateInput, set: StatefulSet): TemplateChoice {
  const live = set.spec?.template;
  if (live === undefined) return { rolls: [], kept: {} };
  const wanted = podTemplate(input);
  const rolls = rollingChanges(wanted, live);
  // While pods are replaced the template that they are replaced by stays.
  if (rolls.length === 0 && isContained(wanted, live)) return { rolls, kept: {} };
  return { rolls, kept: { template: live } };
}
