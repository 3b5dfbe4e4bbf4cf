import type { HeldAction } from '@rackwright/controller';
import { keyOf } from '@rackwright/kube';

/** What is not as it was applied, and what helps; empty when there is nothing. */
export function describeDrift([first, ...others]: readonly HeldAction[]): string {
  if (first === undefined) return '';
  const { action, fields, onTheWay } = first;
  const what = `${action.object.kind ?? ''} ${keyOf(action.object)}: ${fields.join('; ')}`;
  const who = onTheWay
    ? 'an admission policy or webhook changes it on its way'
    : 'another program changes it back again and again';
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${what.slice(0, 1024)}; ${who}: exempt the object, or ask for that value in the spec${more}`;
}
