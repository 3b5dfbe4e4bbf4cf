import { readFileSync } from 'node:fs';
import { controlPlaneDefinitions, cxiDefinitions, pmemDefinitions } from '@rackwright/api';
import { crdManifests } from '@rackwright/api/generate';
import { pmem } from '@rackwright/keys';
import { parse, stringify } from 'yaml';
import { webhookManifests } from '../../../apps/admission-webhook/src/install/index.ts';
import { configFiles, pmemConfigFiles } from '../../../apps/operator-manager/src/install/index.ts';
import {
  type AppVersions,
  defaultValues,
  pmemValues,
} from '../../../apps/operator-manager/src/install/values.ts';

const headerOf = (app: string): string =>
  `# Generated from apps/${app}/src/install by \`npm run generate\`. Do not edit.\n`;
const header = headerOf('operator-manager');

/** The generated kustomize bases of config/, by path below the root. */
export function installConfig(versions: AppVersions): [string, string][] {
  const operator = Object.entries(configFiles(defaultValues(versions))).map(
    ([path, documents]): [string, string] => [`config/${path}`, header + documents.map(yaml).join('---\n')],
  );
  return [...operator, ...pmemConfig(versions), webhookConfig(versions)];
}

/** PMEM-CSI's operator. Kustomize reads nothing above a base, so it has CRDs of its own. */
function pmemConfig(versions: AppVersions): [string, string][] {
  const files = pmemConfigFiles(
    pmemValues(versions),
    `ghcr.io/rackwright/pmem-csi-driver:${versions['pmem-csi-driver']}`,
  );
  const crds = crdsOf([...controlPlaneDefinitions, ...pmemDefinitions]).join('---\n');
  return [
    ['config/pmem/crds.yaml', header + crds],
    [
      'config/pmem/samples/storage_classes.yaml',
      storageClassHeader + storageClasses().map(yaml).join('---\n'),
    ],
    ...Object.entries(files).map(([path, documents]): [string, string] => [
      `config/${path}`,
      header + documents.map(yaml).join('---\n'),
    ]),
  ];
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
  const crds = crdsOf([...controlPlaneDefinitions, ...cxiDefinitions]);
  return [['dist/install.yaml', header + [namespace, ...crds, ...rest].join('---\n')]];
}

const storageClassFile = 'charts/operator-manager/files/pmem-storage-classes.yaml';
const storageClassHeader = `# Generated from ${storageClassFile} by \`npm run generate\`. Do not edit.\n`;

/** The StorageClasses PMEM-CSI came with, as the chart makes them. */
function storageClasses(): object[] {
  const text = readFileSync(new URL(`../../../${storageClassFile}`, import.meta.url), 'utf8');
  const classes = parse(text) as Readonly<Record<string, StorageClassFacts>>;
  return Object.entries(classes).map(([name, { volumeBindingMode, parameters }]) => ({
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } },
    provisioner: pmem.driverName,
    reclaimPolicy: 'Delete',
    volumeBindingMode: volumeBindingMode ?? 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
    ...(parameters === undefined ? {} : { parameters }),
  }));
}

interface StorageClassFacts {
  readonly volumeBindingMode?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** CRDs without the header of their own files. */
function crdsOf(definitions: Parameters<typeof crdManifests>[0]): string[] {
  return Object.values(crdManifests(definitions)).map((text) => text.replace(/^(#.*\n)+/, ''));
}

function rank(path: string): number {
  return order.findIndex((folder) => path.startsWith(folder));
}
