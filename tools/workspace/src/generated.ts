import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { crdFolders, crdManifests, customResourceDefinition, definitions } from '@rackwright/api/generate';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner, writeFileDurable } from '@rackwright/host';
import { type AppVersions, installedApps } from '../../../apps/operator-manager/src/install/values.ts';
import { admissionFiles } from './admission-files.ts';
import { agentFlagFiles } from './agent-flags.ts';
import { chartAgentFiles } from './chart-agents.ts';
import { chartHelpers, chartNames, dependenciesOf, subchartCopies, umbrellaFolder } from './chart-copies.ts';
import { chartRuleFiles } from './chart-rules.ts';
import { embeddedFiles } from './embedded-charts.ts';
import { embeddedBlocks } from './embedded-values.ts';
import { specSchema } from './spec-schema.ts';
import { type JsonSchema, valuesSchema } from './values-schema.ts';
import { versionedFiles } from './versioned-files.ts';

/** Path below the root → content of a file that is generated and checked in; undefined: there must be none. */
export type GeneratedFiles = ReadonlyMap<string, string | undefined>;

/** Makes every generated file of the workspace, in memory. */
export async function generatedFiles(root: string): Promise<GeneratedFiles> {
  const versions = await appVersions(root);
  const files = new Map([
    ...(await protocolTypes(root)),
    ...(await customResourceDefinitions()),
    ...(await chartSchemas(root)),
    ...(await chartHelpers(root)),
    ...chartAgentFiles(),
    ...chartRuleFiles(),
    ...agentFlagFiles(),
    ...admissionFiles(),
    ...versionedFiles(versions),
    ...(await driverMonitoring(root)),
  ]);
  const embedded = await embeddedFiles(root, files);
  return new Map([...files, ...embedded, ...(await subchartCopies(root, files))]);
}

/** Alerts and dashboard of drivers, for the chart of the operator that deploys them: Helm reads nothing above a chart. */
async function driverMonitoring(root: string): Promise<[string, string][]> {
  return Promise.all(
    ['alerts.yaml', 'dashboard.json'].map(async (file): Promise<[string, string]> => {
      const text = await readFile(join(root, 'charts/pmem-csi-driver/files', file), 'utf8');
      return [`charts/operator-manager/files/pmem-${file}`, text];
    }),
  );
}

/** The version each app is released under. */
async function appVersions(root: string): Promise<AppVersions> {
  const versions = installedApps.map(async (app) => {
    const text = await readFile(join(root, 'apps', app, 'package.json'), 'utf8');
    return [app, (JSON.parse(text) as { version: string }).version] as const;
  });
  return Object.fromEntries(await Promise.all(versions)) as AppVersions;
}

/** Every CRD where it belongs. */
async function customResourceDefinitions(): Promise<[string, string][]> {
  const folders = crdFolders();
  return Object.entries(crdManifests()).flatMap(([name, content]) =>
    (folders[name] ?? []).map((folder): [string, string] => [`${folder}/${name}`, content]),
  );
}

/** values.schema.json of every chart. */
async function chartSchemas(root: string): Promise<[string, string][]> {
  const globals = await readFile(join(root, umbrellaFolder, 'values.yaml'), 'utf8');
  return Promise.all(
    (await chartNames(root)).map(async (chart): Promise<[string, string]> => {
      const values = await readFile(join(root, 'charts', chart, 'values.yaml'), 'utf8');
      const subcharts = await dependenciesOf(root, chart);
      const specs = { ...resourceSpecs(), ...(await embeddedBlocks(root, chart, globals)) };
      const schema = valuesSchema(values, { subcharts, globals, specs });
      return [`charts/${chart}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`];
    }),
  );
}

/** Schema of the spec of each of our kinds, as the API server checks it. */
function resourceSpecs(): Record<string, JsonSchema> {
  return Object.fromEntries(
    definitions.map((definition) => [
      definition.resource.kind,
      specSchema(customResourceDefinition(definition)),
    ]),
  );
}

/** What buf makes of proto/: one template for each project that takes it. */
const protocolTemplates = ['proto/buf.gen.yaml', 'proto/buf.gen.csi.yaml', 'proto/buf.gen.registry.yaml'];

/** TypeScript of the protocols of the kubelet, of CSI and of the persistent memory registry, from proto/ by buf and ts-proto. */
async function protocolTypes(root: string): Promise<[string, string][]> {
  const out = await mkdtemp(join(tmpdir(), 'rackwright-proto-'));
  try {
    for (const template of protocolTemplates) await runBuf(root, template, out);
    const names = await readdir(out, { recursive: true, withFileTypes: true });
    const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return await Promise.all(
      paths.map(
        async (path): Promise<[string, string]> => [path.slice(out.length + 1), await readFile(path, 'utf8')],
      ),
    );
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

async function runBuf(root: string, template: string, out: string): Promise<void> {
  const bin = join(root, 'node_modules/.bin');
  const outcome = await new SystemProcessRunner(systemClock).run(
    [join(bin, 'buf'), 'generate', '--template', template, '-o', out],
    {
      cwd: root,
      deadlineMs: 120_000,
      env: { ...environment(), PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
    },
  );
  if (outcome.code !== 0) throw new Error(`buf generate failed: ${outcome.stderr}`);
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The paths whose checked-in content differs from what is generated. */
export async function staleFiles(root: string, files: GeneratedFiles): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, content] of files) {
    const current = await readFile(join(root, path), 'utf8').catch(() => undefined);
    if (current !== content) stale.push(path);
  }
  return stale.sort();
}

/** Writes what is stale, removes what must not be there, and returns those paths. */
export async function writeStale(root: string, files: GeneratedFiles): Promise<string[]> {
  const stale = await staleFiles(root, files);
  for (const path of stale) {
    const content = files.get(path);
    if (content === undefined) await rm(join(root, path));
    else await writeFileDurable(join(root, path), content);
  }
  return stale;
}
