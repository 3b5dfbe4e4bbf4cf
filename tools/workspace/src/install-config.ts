import { stringify } from 'yaml';
import { configFiles } from '../../../apps/operator-manager/src/install/index.ts';
import { defaultValues } from '../../../apps/operator-manager/src/install/values.ts';

const header = '# Generated from apps/operator-manager/src/install by `npm run generate`. Do not edit.\n';

/** The generated kustomize bases of config/, by path below the root. */
export function installConfig(version: string): [string, string][] {
  return Object.entries(configFiles(defaultValues(version))).map(([path, documents]) => [
    `config/${path}`,
    header +
      documents
        .map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }))
        .join('---\n'),
  ]);
}
