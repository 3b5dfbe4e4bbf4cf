import { HwError } from '@rackwright/core';
import { type Family, families } from '@rackwright/registry';
import { stringify } from 'yaml';
import { customResourceDefinition, type Definition } from './crd/definition.ts';
import { definitions } from './definitions.ts';

const header = '# Generated from libs/api by `npm run generate`. Do not edit.\n';

/**
 * The CRDs as YAML documents by file name (`<group>_<plural>.yaml`), for
 * config/crd/bases and the charts.
 */
export function crdManifests(): Record<string, string> {
  return Object.fromEntries(
    definitions.map((definition) => [
      crdFile(definition),
      header +
        stringify(customResourceDefinition(definition), { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}

/** Name of the file a CRD is in. */
function crdFile({ resource: { group, plural } }: Definition): string {
  return `${group}_${plural}.yaml`;
}

/**
 * Where each CRD is, byte-equal: beside all others in config/, and in the chart of its family.
 *
 * @throws HwError FailedPrecondition when the registry names no chart for the CRDs of a family
 */
export function crdFolders(
  kinds = definitions,
  known: readonly Family[] = families,
): Record<string, string[]> {
  return Object.fromEntries(
    kinds.map((definition) => {
      const family = known.find(({ name }) => name === definition.family);
      if (family?.crdChart !== undefined)
        return [crdFile(definition), ['config/crd/bases', `charts/${family.crdChart}/crds`]];
      throw new HwError('FailedPrecondition', `no chart brings the CRD ${crdFile(definition)}`, {
        remedy: `name it as crdChart of the family ${definition.family} in libs/registry`,
      });
    }),
  );
}

export { policySpec } from './admission/policy.ts';
export { admissions } from './admissions.ts';
export { allowedImagesSetting } from './cxi/admission-rules.ts';
export { customResourceDefinition, definitions };
