import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Bed } from '../bed.ts';
import type { Case } from '../case.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { type OpenApiV2, writeSchemas } from '../openapi-schemas.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

async function charts(): Promise<string[]> {
  const names = await readdir(join(root, 'charts'));
  return names.filter((name) => name !== 'common').map((name) => join(root, 'charts', name));
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

function documents(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((item) => item !== null);
}

export const chartCases: readonly Case[] = [
  {
    name: 'helm lint --strict is clean for every chart, with Helm 3 and 4',
    deadlineMs: 300_000,
    async run(bed) {
      for (const helm of [bed.helm, bed.helm4]) {
        for (const chart of await charts()) {
          const outcome = await helm('lint', '--strict', chart);
          expectEqual(`helm lint ${chart}: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
        }
      }
    },
  },
  {
    name: 'kubeconform accepts what every chart renders, against the schemas of the API server',
    deadlineMs: 300_000,
    async run(bed) {
      const folder = await mkdtemp(join(tmpdir(), 'rackwright-schemas-'));
      try {
        await writeSchemas(await bed.kube.request<OpenApiV2>('GET', '/openapi/v2'), folder);
        for (const chart of await charts()) {
          const rendered = await bed.helm(
            'template',
            'release',
            chart,
            '--namespace',
            bed.namespace,
            '--include-crds',
          );
          expectEqual(`helm template ${chart}: ${rendered.stderr}`, rendered.code, 0);
          const manifest = join(folder, 'manifest.yaml');
          await writeFile(manifest, rendered.stdout);
          const outcome = await bed.kubeconform(
            '-summary',
            '-schema-location',
            `${folder}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
            manifest,
          );
          expectEqual(`kubeconform ${chart}: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
          expectThat('something was checked', /Valid: [1-9]/.test(outcome.stdout), outcome.stdout);
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
  {
    name: 'config/default and dist/install.yaml are the same objects',
    async run(bed) {
      const kustomized = objects(await output(bed.kubectl('kustomize', join(root, 'config/default'))));
      const installer = objects(await readFile(join(root, 'dist/install.yaml'), 'utf8'));
      expectEqual('names', [...installer.keys()].sort(), [...kustomized.keys()].sort());
      for (const [key, manifest] of kustomized) expectEqual(key, installer.get(key), manifest);
    },
  },
  {
    name: 'helm test passes',
    deadlineMs: 180_000,
    async run(bed) {
      const outcome = await bed.helm('test', 'rackwright', '--namespace', bed.namespace, '--timeout=2m');
      expectEqual(`helm test: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      expectThat('a test ran', /Phase:\s+Succeeded/.test(outcome.stdout), outcome.stdout);
    },
  },
];

async function output(running: ReturnType<Bed['kubectl']>): Promise<string> {
  const outcome = await running;
  expectEqual(outcome.stderr, outcome.code, 0);
  return outcome.stdout;
}

function objects(text: string): Map<string, Manifest> {
  return new Map(
    documents(text).map((item) => [`${item.apiVersion}/${item.kind}/${item.metadata.name}`, item]),
  );
}
