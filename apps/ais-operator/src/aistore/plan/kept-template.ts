import type { PodTemplate, StatefulSet } from '@rackwright/kube';
import { podTemplate, type TemplateInput } from '../manifests/pod-template.ts';
import { rollingChanges } from './template-changes.ts';

/** Which pod template a StatefulSet gets that is there. */
export interface TemplateChoice {
  /** Why its pods have to be replaced; empty when they need not. */
  readonly rolls: readonly string[];
  /** The template it keeps as long as its pods need not be replaced; empty for the one of the spec. */
  readonly kept: { readonly template?: PodTemplate };
}

export function keptTemplate(input: TemplateInput, set: StatefulSet): TemplateChoice {
  const live = set.spec?.template;
  if (live === undefined) return { rolls: [], kept: {} };
  const rolls = rollingChanges(podTemplate(input), live);
  // Any other difference waits for a change that replaces pods: what is written to the template replaces
  // them, also where only what somebody else put there goes, such as the mark of `kubectl rollout restart`.
  return { rolls, kept: { template: live } };
}
