import { evaluate } from '../admission/evaluate.ts';
import { aistoreSpecRules } from './admission-rules.ts';
import type { AIStore } from './types.ts';

/**
 * Why no cluster can be made of an AIStore, as admission would say it; empty
 * where one can. For objects that are older than a rule, or came past it: the
 * scale subresource and clusters without webhook and policies.
 */
export function aistoreProblems(object: AIStore): string[] {
  return aistoreSpecRules.filter(({ holds }) => !evaluate(holds, { object })).map(({ message }) => message);
}
