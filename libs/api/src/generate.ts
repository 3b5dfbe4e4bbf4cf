import { HwError } from '@rackwright/core';
import { resourceName } from '@rackwright/kube';
import { type Family, families } from '@rackwright/registry';
import { stringify } from 'yaml';
import { conversions } from './conversions.ts';
import type { Convertible } from './crd/conversion.ts';
import { customResourceDefinition, type Definition } from './crd/definition.ts';
import { definitions } from './definitions.ts';

const header = '# Generated from libs/api by `npm run generate`. Do not edit.\n';

/** Kubernetes reads YAML 1.1, in which a bare `Off` is no text. */
const yamlOptions = { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const;

/**
 * The CRDs as YAML documents by file name (`<group>_<plural>.yaml`), for
 * config/crd/bases and the charts.
 */
export function crdManifests(kinds = definitions): Record<string, string> {
  requireConverters(kinds, conversions);
  return Object.fromEntries(
    kinds.map((definition) => [
      crdFile(definition),
      header + stringify(customResourceDefinition(definition), yamlOptions),
    ]),
  );
}

/** @throws HwError FailedPrecondition for a kind whose versions differ and that admission-webhook does not convert */
export function requireConverters(
  kinds: readonly Definition[],
  registered: readonly Pick<Convertible, 'resource'>[],
): void {
  for (const { resource, conversions = [] } of kinds) {
    const names = registered.map((kind) => resourceName(kind.resource));
    if (conversions.length === 0 || names.includes(resourceName(resource))) continue;
    throw new HwError('FailedPrecondition', `nobody converts ${resourceName(resource)}`, {
      remedy: 'give it a line in libs/api/src/conversions.ts',
    });
  }
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

export { allowedImagesSetting } from './admission/admission.ts';
export { clusterRules, registrations } from './admission/installation.ts';
export { policySpec } from './admission/policy.ts';
export { admissions } from './admissions.ts';
export { customResourceDefinition, definitions };
