import {
  admissions,
  allowedImagesSetting,
  clusterRules,
  policySpec,
  registrations,
} from '@rackwright/api/generate';
import { stringify } from 'yaml';

const folder = 'charts/admission-webhook/files';
const header = '# Generated from libs/api by `npm run generate`. Do not edit.\n';
/** Stands for what the chart's values say. */
const settings = { [allowedImagesSetting]: ['__ALLOWED_IMAGES__'] };

/** What the chart of admission-webhook has from what families register: policies, what checks may read, whom API servers ask. */
export function admissionFiles(): [string, string][] {
  return [
    [`${folder}/policies.yaml`, yaml(policies())],
    [`${folder}/cluster-rules.yaml`, yaml(clusterRules())],
    [`${folder}/registrations.yaml`, yaml(registrations())],
  ];
}

function policies(): object[] {
  return admissions.map((admission) => ({
    name: admission.resource.plural,
    rules: policySpec(admission, 'rules', settings),
    warnings: policySpec(admission, 'warnings', settings),
  }));
}

function yaml(document: object): string {
  return header + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
