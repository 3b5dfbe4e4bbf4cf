import { ais } from '@rackwright/keys';
import type { Admission } from '../admission/admission.ts';
import { aistoreChecks, aistoreLookups } from './admission-checks.ts';
import { aistoreRules } from './admission-rules.ts';
import { aistoreWarnings } from './admission-warnings.ts';
import { aistoreAuthLookups, aistoreAuthProfileLookups } from './auth-admission-checks.ts';
import {
  aistoreAuthProfileRules,
  aistoreAuthProfileWarnings,
  aistoreAuthRules,
  aistoreAuthWarnings,
} from './auth-admission-rules.ts';
import { aistoreAuthProfiles, aistoreAuths, aistores } from './resources.ts';

/** AIStore; API servers convert those of v1alpha1 before they ask. */
export const aistoreAdmission: Admission = {
  resource: aistores,
  versions: [ais.version],
  validation: {
    webhook: 'vaistore.kb.io',
    path: '/validate-ais-nvidia-com-v1beta1-aistore',
    operations: ['CREATE', 'UPDATE'],
    ...{ rules: aistoreRules, warnings: aistoreWarnings, checks: aistoreChecks, lookups: aistoreLookups },
  },
};

export const aistoreAuthAdmission: Admission = {
  resource: aistoreAuths,
  versions: [ais.authVersion],
  validation: {
    webhook: 'vaistoreauth.kb.io',
    path: '/validate-auth-ais-nvidia-com-v1alpha1-aistoreauth',
    operations: ['CREATE', 'UPDATE'],
    ...{ rules: aistoreAuthRules, warnings: aistoreAuthWarnings, checks: [], lookups: aistoreAuthLookups },
  },
};

export const aistoreAuthProfileAdmission: Admission = {
  resource: aistoreAuthProfiles,
  versions: [ais.authVersion],
  validation: {
    webhook: 'vaistoreauthprofile.kb.io',
    path: '/validate-auth-ais-nvidia-com-v1alpha1-aistoreauthprofile',
    operations: ['CREATE', 'UPDATE'],
    rules: aistoreAuthProfileRules,
    warnings: aistoreAuthProfileWarnings,
    checks: [],
    lookups: aistoreAuthProfileLookups,
  },
};
