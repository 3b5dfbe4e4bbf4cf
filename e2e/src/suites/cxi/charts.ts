import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OpenApiV2, writeSchemas } from '@rackwright/testbed';
import { parseAllDocuments } from 'yaml';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { TestEnvironment } from '../../test-environment.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

async function charts(): Promise<string[]> {
  const names = await readdir(join(root, 'charts'));
  return names.filter((name) => name !== 'common').map((name) => join(root, 'charts', name));
}

/** Values that make the objects a chart makes on request only. */
function everythingOptional(chart: string): string[] {
  const blocks: Readonly<Record<string, readonly string[]>> = {
    rackwright: ['operator-manager.networkPolicy', 'operator-manager.nodeFeatureRule'],
    'operator-manager': ['networkPolicy', 'nodeFeatureRule'],
    'aidaptivcache-operator': ['operator.networkPolicy', 'nodeDiscovery.networkPolicy'],
  };
  return (blocks[basename(chart)] ?? ['networkPolicy']).flatMap((block) => [
    '--set',
    `${block}.enabled=true`,
  ]);
}

/** A chart of somebody else that holds the umbrella. */
async function wrapperOf(chart: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rackwright-wrapper-'));
  await cp(chart, join(folder, 'charts/rackwright'), { recursive: true });
  await mkdir(join(folder, 'templates'));
  const metadata = 'apiVersion: v2\nname: wrapper\nversion: 1.0.0\n';
  const files = {
    'Chart.yaml': `${metadata}dependencies:\n  - name: rackwright\n    version: ">=0.0.0-0"\n`,
    'templates/_helpers.tpl': '{{- define "common.fullname" -}}theirs{{- end -}}\n',
    'templates/map.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "common.fullname" . }}\n',
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
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
    // No node takes part.
    only: 'simulated',
    deadlineMs: 300_000,
    async run(testEnv) {
      for (const helm of [testEnv.helm, testEnv.helm4]) {
        for (const chart of await charts()) {
          const outcome = await helm('lint', '--strict', chart);
          expectEqual(`helm lint ${chart}: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
          expectEqual('warnings, as of symbolic links', outcome.stderr, '');
        }
      }
    },
  },
  {
    name: 'the umbrella is a dependency of another chart that has globals and helpers of its own, with Helm 3 and 4',
    // No node takes part.
    only: 'simulated',
    async run(testEnv) {
      const wrapper = await wrapperOf(testEnv.chart);
      try {
        const set = ['--set', 'global.clusterName=z,global.imageRegistry=mirror.test'];
        for (const helm of [testEnv.helm, testEnv.helm4]) {
          const outcome = await helm(
            'template',
            'release',
            wrapper,
            '--namespace',
            testEnv.namespace,
            ...set,
          );
          expectEqual(`helm template: ${outcome.stderr}`, outcome.code, 0);
          expectEqual('warnings, as of symbolic links', outcome.stderr, '');
          const names = documents(outcome.stdout).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
          expectThat('its own object is there', names.includes('ConfigMap theirs'), names);
          expectThat('so is our operator', names.includes('Deployment release-operator-manager'), names);
        }
      } finally {
        await rm(wrapper, { recursive: true, force: true });
      }
    },
  },
  {
    name: 'kubeconform accepts what every chart renders, against the schemas of the API server',
    // No node takes part.
    only: 'simulated',
    deadlineMs: 300_000,
    async run(testEnv) {
      const folder = await mkdtemp(join(tmpdir(), 'rackwright-schemas-'));
      try {
        await writeSchemas(await testEnv.kube.request<OpenApiV2>('GET', '/openapi/v2'), folder);
        for (const chart of await charts()) {
          const rendered = await testEnv.helm(
            'template',
            'release',
            chart,
            '--namespace',
            testEnv.namespace,
            '--include-crds',
            ...everythingOptional(chart),
          );
          expectEqual(`helm template ${chart}: ${rendered.stderr}`, rendered.code, 0);
          const manifest = join(folder, 'manifest.yaml');
          await writeFile(manifest, rendered.stdout);
          const outcome = await testEnv.kubeconform(
            '-summary',
            // Node Feature Discovery's own, which the API server does not know.
            ...['-skip', 'NodeFeatureRule'],
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
    // No node takes part.
    only: 'simulated',
    async run(testEnv) {
      const kustomized = objects(await output(testEnv.kubectl('kustomize', join(root, 'config/default'))));
      const installer = objects(await readFile(join(root, 'dist/install.yaml'), 'utf8'));
      expectEqual('names', [...installer.keys()].sort(), [...kustomized.keys()].sort());
      for (const [key, manifest] of kustomized) expectEqual(key, installer.get(key), manifest);
    },
  },
];

async function output(running: ReturnType<TestEnvironment['kubectl']>): Promise<string> {
  const outcome = await running;
  expectEqual(outcome.stderr, outcome.code, 0);
  return outcome.stdout;
}

function objects(text: string): Map<string, Manifest> {
  return new Map(
    documents(text).map((item) => [`${item.apiVersion}/${item.kind}/${item.metadata.name}`, item]),
  );
}
