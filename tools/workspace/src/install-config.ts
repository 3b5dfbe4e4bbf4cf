import { crdManifests } from '@rackwright/api/generate';
import { stringify } from 'yaml';
import { configFiles } from '../../../apps/operator-manager/src/install/index.ts';
import { type AppVersions, defaultValues } from '../../../apps/operator-manager/src/install/values.ts';

const header = '# Generated from apps/operator-manager/src/install by `npm run generate`. Do not edit.\n';

/** The generated kustomize bases of config/, by path below the root. */
export function installConfig(versions: AppVersions): [string, string][] {
  return Object.entries(configFiles(defaultValues(versions))).map(([path, documents]) => [
    `config/${path}`,
    header + documents.map(yaml).join('---\n'),
  ]);
}

function yaml(document: object): string {
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Folders of config/ that make an installation, in the order their objects must exist. */
const order = ['default/', 'rbac/', 'manager/'];

/** Everything of config/default in one file, for `kubectl apply` without kustomize. */
export function installer(versions: AppVersions): [string, string][] {
  const files = Object.entries(configFiles(defaultValues(versions)))
    .filter(([path]) => !path.endsWith('kustomization.yaml') && rank(path) >= 0)
    .sort(([a], [b]) => rank(a) - rank(b));
  const [namespace, ...rest] = files.flatMap(([, documents]) => documents).map(yaml);
  const crds = Object.values(crdManifests()).map((text) => text.replace(/^(#.*\n)+/, ''));
  return [['dist/install.yaml', header + [namespace, ...crds, ...rest].join('---\n')]];
}

function rank(path: string): number {
  return order.findIndex((folder) => path.startsWith(folder));
}
