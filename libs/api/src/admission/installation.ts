import { resourceName } from '@rackwright/kube';
import { admissions } from '../admissions.ts';
import { conversions } from '../conversions.ts';

/** What an installation of admission-webhook may read for its checks, in the whole cluster. */
export function clusterRules(): { apiGroups: string[]; resources: string[]; verbs: string[] }[] {
  const reads = admissions.flatMap(({ validation }) => validation.checks.flatMap((check) => check.reads));
  return [...new Set(reads)].map(({ group, plural }) => ({
    apiGroups: [group],
    resources: [plural],
    verbs: ['list'],
  }));
}

/** Whom API servers are told to ask: whether anything is mutated, and the CRDs whose versions are converted. */
export function registrations(): { mutating: boolean; crds: string[] } {
  return {
    mutating: admissions.some(({ mutation }) => mutation !== undefined),
    crds: conversions.map(({ resource }) => resourceName(resource)),
  };
}
