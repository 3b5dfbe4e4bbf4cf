import { crdShortfall } from '@rackwright/api';
import type { CustomResourceDefinition } from '@rackwright/kube';

/** One sentence for each needed CRD that lacks something; empty when all is there. */
export function crdFindings(
  needed: readonly CustomResourceDefinition[],
  live: (name: string) => CustomResourceDefinition | undefined,
): string[] {
  return needed.flatMap((crd) => {
    const name = crd.metadata?.name ?? '';
    const found = live(name);
    const missing = found === undefined ? ['it is not there'] : crdShortfall(crd, found);
    return missing.length === 0 ? [] : [`CRD ${name}: ${missing.join(', ')}`];
  });
}
