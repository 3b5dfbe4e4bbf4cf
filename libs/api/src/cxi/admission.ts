import { cxi } from '@rackwright/keys';
import type { Admission } from '../admission/admission.ts';
import { cxiDriverChecks } from './admission-checks.ts';
import { cxiDriverRules } from './admission-rules.ts';
import { cxiDriverWarnings } from './admission-warnings.ts';
import { cxiDrivers } from './resources.ts';

/** CXIDriver. Names of webhook and path are those of the older operator. */
export const cxiDriverAdmission: Admission = {
  resource: cxiDrivers,
  versions: [cxi.version],
  validation: {
    webhook: 'validate-cxidriver.slingshot.hpe.com',
    path: '/validate-cxi-hpe-com-v1-cxidriver',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    rules: cxiDriverRules,
    warnings: cxiDriverWarnings,
    checks: cxiDriverChecks,
  },
};
