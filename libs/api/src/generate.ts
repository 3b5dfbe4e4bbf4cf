import { stringify } from 'yaml';
import { customResourceDefinition, type Definition } from './crd/definition.ts';
import { cxiDeviceDefinition, cxiDriverDefinition } from './cxi/definitions.ts';

/** Every CRD of the project. */
export const definitions: readonly Definition[] = [cxiDriverDefinition, cxiDeviceDefinition];

const header = '# Generated from libs/api by `npm run generate`. Do not edit.\n';

/**
 * The CRDs as YAML documents by file name (`<group>_<plural>.yaml`), for
 * config/crd/bases and the charts.
 */
export function crdManifests(): Record<string, string> {
  return Object.fromEntries(
    definitions.map((definition) => [
      `${definition.resource.group}_${definition.resource.plural}.yaml`,
      header +
        stringify(customResourceDefinition(definition), { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}

export { policySpec } from './admission/policy.ts';
export { admissions } from './admissions.ts';
export { allowedImagesSetting } from './cxi/admission-rules.ts';
export { customResourceDefinition };
