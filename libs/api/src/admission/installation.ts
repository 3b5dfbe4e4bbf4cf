import { resourceName } from '@rackwright/kube';
import { admissions } from '../admissions.ts';
import { conversions } from '../conversions.ts';

/** What an installation of admission-webhook may do for its checks, in the whole cluster. */
export function clusterRules(): { apiGroups: string[]; resources: string[]; verbs: string[] }[] {
  const lists = admissions.flatMap(({ validation }) => validation.checks.flatMap(({ reads }) => reads));
  const lookups = admissions.flatMap(({ validation }) => validation.lookups ?? []);
  const gets = lookups.flatMap((lookup) => lookup.gets);
  const rules = [...new Set([...lists, ...gets])].map((type) => ({
    apiGroups: [type.group],
    resources: [type.plural],
    verbs: [...(gets.includes(type) ? ['get'] : []), ...(lists.includes(type) ? ['list'] : [])],
  }));
  return lookups.some(({ asksAccess }) => asksAccess) ? [...rules, accessRule] : rules;
}

const accessRule = {
  apiGroups: ['authorization.k8s.io'],
  resources: ['subjectaccessreviews'],
  verbs: ['create'],
};

/** Whom API servers are told to ask: whether anything is mutated, and the CRDs whose versions are converted. */
export function registrations(): { mutating: boolean; crds: string[] } {
  return {
    mutating: admissions.some(({ mutation }) => mutation !== undefined),
    crds: conversions.map(({ resource }) => resourceName(resource)),
  };
}
