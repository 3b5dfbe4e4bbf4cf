import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { crdManifests } from '@rackwright/api/generate';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner, writeFileDurable } from '@rackwright/host';
import { parse } from 'yaml';
import { type AppVersions, installedApps } from '../../../apps/operator-manager/src/install/values.ts';
import { chartRuleFiles } from './chart-rules.ts';
import { valuesSchema } from './values-schema.ts';
import { versionedFiles } from './versioned-files.ts';

/** Path below the root → content of a file that is generated and checked in. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** Makes every generated file of the workspace, in memory. */
export async function generatedFiles(root: string): Promise<GeneratedFiles> {
  const versions = await appVersions(root);
  return new Map([
    ...(await protocolTypes(root)),
    ...(await customResourceDefinitions()),
    ...(await chartSchemas(root)),
    ...chartRuleFiles(),
    ...versionedFiles(versions),
  ]);
}

/** The version each app is released under. */
async function appVersions(root: string): Promise<AppVersions> {
  const versions = installedApps.map(async (app) => {
    const text = await readFile(join(root, 'apps', app, 'package.json'), 'utf8');
    return [app, (JSON.parse(text) as { version: string }).version] as const;
  });
  return Object.fromEntries(await Promise.all(versions)) as AppVersions;
}

/** Folders that hold a copy of the CRDs, byte-equal. */
const crdFolders = ['config/crd/bases', 'charts/operator-manager/crds'];

async function customResourceDefinitions(): Promise<[string, string][]> {
  return Object.entries(crdManifests()).flatMap(([name, content]) =>
    crdFolders.map((folder): [string, string] => [`${folder}/${name}`, content]),
  );
}

/** values.schema.json of every chart that can be installed. */
async function chartSchemas(root: string): Promise<[string, string][]> {
  const charts = await readdir(join(root, 'charts'));
  const schemas = await Promise.all(
    charts.map(async (chart): Promise<[string, string] | undefined> => {
      const folder = join(root, 'charts', chart);
      const values = await readFile(join(folder, 'values.yaml'), 'utf8').catch(() => undefined);
      if (values === undefined) return undefined;
      const { dependencies = [] } = parse(await readFile(join(folder, 'Chart.yaml'), 'utf8')) as {
        dependencies?: { name: string }[];
      };
      const schema = valuesSchema(
        values,
        dependencies.map((dependency) => dependency.name),
      );
      return [`charts/${chart}/values.schema.json`, `${JSON.stringify(schema, null, 2)}\n`];
    }),
  );
  return schemas.filter((schema) => schema !== undefined);
}

/** TypeScript of the kubelet protocols, from proto/ by buf and ts-proto. */
async function protocolTypes(root: string): Promise<[string, string][]> {
  const out = await mkdtemp(join(tmpdir(), 'rackwright-proto-'));
  try {
    const bin = join(root, 'node_modules/.bin');
    const outcome = await new SystemProcessRunner(systemClock).run(
      [join(bin, 'buf'), 'generate', '--template', 'proto/buf.gen.yaml', '-o', out],
      {
        cwd: root,
        deadlineMs: 120_000,
        env: { ...environment(), PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
      },
    );
    if (outcome.code !== 0) throw new Error(`buf generate failed: ${outcome.stderr}`);
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

/** Writes what is stale and returns those paths. */
export async function writeStale(root: string, files: GeneratedFiles): Promise<string[]> {
  const stale = await staleFiles(root, files);
  for (const path of stale) await writeFileDurable(join(root, path), files.get(path) ?? '');
  return stale;
}
