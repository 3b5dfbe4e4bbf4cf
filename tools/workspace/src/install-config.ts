import { controlPlaneDefinitions, cxiDefinitions } from '@rackwright/api';
import { crdManifests } from '@rackwright/api/generate';
import { stringify } from 'yaml';
import { webhookManifests } from '../../../apps/admission-webhook/src/install/index.ts';
import { configFiles } from '../../../apps/operator-manager/src/install/index.ts';
import { type AppVersions, defaultValues } from '../../../apps/operator-manager/src/install/values.ts';

const headerOf = (app: string): string =>
  `# Generated from apps/${app}/src/install by \`npm run generate\`. Do not edit.\n`;
const header = headerOf('operator-manager');

/** The generated kustomize bases of config/, by path below the root. */
export function installConfig(versions: AppVersions): [string, string][] {
  const operator = Object.entries(configFiles(defaultValues(versions))).map(
    ([path, documents]): [string, string] => [`config/${path}`, header + documents.map(yaml).join('---\n')],
  );
  return [...operator, webhookConfig(versions)];
}

/** admission-webhook, for whoever wants it beside config/default. */
function webhookConfig(versions: AppVersions): [string, string] {
  const name = 'admission-webhook';
  const { namespace } = defaultValues(versions);
  const documents = webhookManifests({
    name,
    namespace,
    image: `ghcr.io/rackwright/${name}:${versions[name]}`,
  });
  return ['config/webhook/webhook.yaml', headerOf(name) + documents.map(yaml).join('---\n')];
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
  const crds = Object.values(crdManifests([...controlPlaneDefinitions, ...cxiDefinitions])).map((text) =>
    text.replace(/^(#.*\n)+/, ''),
  );
  return [['dist/install.yaml', header + [namespace, ...crds, ...rest].join('---\n')]];
}

function rank(path: string): number {
  return order.findIndex((folder) => path.startsWith(folder));
}
