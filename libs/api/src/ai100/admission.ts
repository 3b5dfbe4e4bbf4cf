import { aidaptivCache } from '@rackwright/keys';
import type { Admission } from '../admission/admission.ts';
import { phisonDeviceOperatorChecks } from './admission-checks.ts';
import { aidaptivCacheRules, phisonDeviceOperatorRules } from './admission-rules.ts';
import { aidaptivCacheWarnings, phisonDeviceOperatorWarnings } from './admission-warnings.ts';
import { aidaptivCaches, phisonDeviceOperators } from './resources.ts';

/** AidaptivCache. */
export const aidaptivCacheAdmission: Admission = {
  resource: aidaptivCaches,
  versions: [aidaptivCache.version],
  validation: {
    webhook: 'validate-aidaptivcache.operators.phison.com',
    path: '/validate-operators-phison-com-v1beta1-aidaptivcache',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    rules: aidaptivCacheRules,
    warnings: aidaptivCacheWarnings,
    checks: [],
  },
};

/** PhisonDeviceOperator of the older operator. */
export const phisonDeviceOperatorAdmission: Admission = {
  resource: phisonDeviceOperators,
  versions: [aidaptivCache.olderVersion],
  validation: {
    webhook: 'validate-phisondeviceoperator.operators.phison.com',
    path: '/validate-operators-phison-com-v1alpha1-phisondeviceoperator',
    operations: ['CREATE', 'UPDATE'],
    rules: phisonDeviceOperatorRules,
    warnings: phisonDeviceOperatorWarnings,
    checks: phisonDeviceOperatorChecks,
  },
};
