import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { crdManifests } from './generate.ts';

type Node = { readonly [key: string]: unknown } & {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
};

function schemaOf(file: string): Node {
  return parse(crdManifests()[file] ?? '').spec.versions[0].schema.openAPIV3Schema;
}

/** Every field below `node`, by path. */
function fields(node: Node, path = ''): [string, Node][] {
  const children = Object.entries(node.properties ?? node.items?.properties ?? {});
  return children.flatMap(([name, child]) => {
    const own = path === '' ? name : `${path}.${name}`;
    return [[own, child] as [string, Node], ...fields(child, own)];
  });
}

const driver = 'cxi.hpe.com_cxidrivers.yaml';
const device = 'cxi.hpe.com_cxidevices.yaml';
const aistores = [
  'ais.nvidia.com_aistores',
  'auth.ais.nvidia.com_aistoreauths',
  'auth.ais.nvidia.com_aistoreauthprofiles',
];
const manifests = [driver, device, ...aistores.map((name) => `${name}.yaml`)];

test.each(manifests)('the checked-in %s is what the schemas say', async (name) => {
  const path = new URL(`../../../config/crd/bases/${name}`, import.meta.url);
  expect(crdManifests()[name]).toBe(await readFile(path, 'utf8'));
});

test.each(manifests)('%s describes every field', (name) => {
  const bare = fields(schemaOf(name)).filter(([path, node]) => path !== 'metadata' && !node.description);
  expect(bare.map(([path]) => path)).toEqual([]);
});

test('the fields of the older operator keep their names', () => {
  const now = new Set([...fields(schemaOf(driver)), ...fields(schemaOf(device))].map(([path]) => path));
  const older = [
    'spec.version spec.source.type spec.source.repository spec.source.prebuiltCache spec.source.dkms.tag',
    'spec.source.dkms.platform spec.source.dkms.repositories.cxiDriver.url',
    'spec.source.dkms.repositories.sbl.ref spec.source.dkms.repositories.slDriver.url',
    'spec.source.dkms.repositories.cassiniHeaders.ref spec.retryHandler.enabled spec.retryHandler.mode',
    'spec.retryHandler.image spec.retryHandler.daemonset.resources spec.retryHandler.daemonset.nodeSelector',
    'spec.retryHandler.daemonset.tolerations spec.retryHandler.sidecar.resources spec.devicePlugin.enabled',
    'spec.devicePlugin.resourceName spec.devicePlugin.image spec.devicePlugin.sharingMode',
    'spec.devicePlugin.sharedCapacity spec.metricsExporter.enabled spec.metricsExporter.image',
    'spec.metricsExporter.resources spec.metricsExporter.port spec.nodeSelector spec.updateStrategy.type',
    'spec.updateStrategy.maxUnavailable spec.updateStrategy.rollbackOnFailure',
    'spec.updateStrategy.healthCheckTimeout status.observedGeneration status.ready status.updating',
    'status.failed status.driverVersion status.retryHandlerMode status.webhookReady status.conditions',
    'status.node status.device status.pciAddress status.type status.numaNode status.nid status.switchID',
    'status.linkSpeed status.linkState status.cassiniGeneration status.retryHandler.enabled',
    'status.retryHandler.policy status.retryHandler.stats.totalRetries',
    'status.retryHandler.stats.timeoutRetries status.retryHandler.stats.nackRetries',
    'status.retryHandler.stats.pendingRetries status.health.status status.health.lastCheck',
    'status.health.message',
  ].flatMap((line) => line.split(' '));
  expect(older.filter((path) => !now.has(path))).toEqual([]);
});

test('a node agent that names the kinds does not carry the schemas', async () => {
  const result = await build({
    stdin: {
      contents:
        "import { cxiDevices, cxiDrivers } from '@rackwright/api'; export const a = [cxiDevices, cxiDrivers];",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@rackwright/source'],
  });
  const bytes = Object.values(result.metafile.outputs)[0]?.inputs ?? {};
  const carried = Object.keys(bytes).filter((path) => /\/zod\/|\/yaml\/|schema/.test(path));
  expect(carried).toEqual([]);
});
