import { describe, expect, test } from '@jest/globals';
import { commonOptions, loadConfig } from '@rackwright/service';
import fc from 'fast-check';
import { options } from '../../../apps/ai100-device-plugin/src/options/index.ts';
import { type Settings, settings } from '../../../apps/ai100-device-plugin/src/settings.ts';
import { parseObjects, type Release, type RenderedObject, refusalOf, renderings } from './render-fixture.ts';

type Values = Readonly<Record<string, unknown>>;

const release = { chart: 'aidaptivcache-operator', release: 'aidaptivcache-operator' };
const inNamespace = { ...release, namespace: 'aidaptivcache-operator' };

/** Older and newer name of each block, and values of it by their path. */
const spellings: readonly (readonly [older: string, newer: string, Values])[] = [
  [
    'phison_operator',
    'operator',
    { replicaCount: 2, 'image.repository': 'r.test/operator', 'image.tag': 'o1', logLevel: 'debug' },
  ],
  [
    'pnd',
    'nodeDiscovery',
    {
      'image.repository': 'r.test/pnd',
      'image.tag': 'd1',
      interval: '30s',
      'nodeWritePolicy.enabled': false,
    },
  ],
  [
    'phison_device_plugin',
    'devicePlugin',
    { 'image.repository': 'r.test/plugin', 'image.tag': 'p1', arguments: ['-m', '/mnt/cache', '-f=EIFY'] },
  ],
];

/** Each value once: by its place in the list, under the older name, the newer one or both. */
const leaves = spellings.flatMap(([older, newer, values]) =>
  Object.entries(values).map(([path, value]) => ({ names: [older, newer] as const, path, value })),
);

function nested(entries: readonly (readonly [path: string, value: unknown])[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    const keys = path.split('.');
    let block = root;
    for (const key of keys.slice(0, -1)) {
      block[key] ??= {};
      block = block[key] as Record<string, unknown>;
    }
    block[keys.at(-1) ?? ''] = value;
  }
  return root;
}

function cacheOf(manifest: string | undefined): RenderedObject {
  const cache = parseObjects(manifest ?? '').find(({ kind }) => kind === 'AidaptivCache');
  if (cache === undefined) throw new Error('no AidaptivCache');
  return cache;
}

async function specsOf(releases: readonly Values[]): Promise<Values[]> {
  const answers = await renderings(releases.map((values) => ({ ...inNamespace, values })));
  return answers.map(({ manifest, error }) => {
    if (error !== undefined) throw new Error(error);
    return cacheOf(manifest).spec ?? {};
  });
}

test('older keys, newer keys and any mixture of them make the same manifests', async () => {
  const choice = fc.array(fc.constantFrom<readonly number[]>([0], [1], [0, 1]), {
    minLength: leaves.length,
    maxLength: leaves.length,
  });
  const mixtures = [leaves.map(() => [0]), leaves.map(() => [1]), ...fc.sample(choice, 12)];
  const releases = mixtures.map((mixture): Release => {
    const entries = leaves.flatMap(({ names, path, value }, i) =>
      (mixture[i] ?? []).map((which) => [`${names[which]}.${path}`, value] as const),
    );
    return { ...inNamespace, values: nested(entries) };
  });
  const answers = await renderings(releases);
  const manifests = new Set(answers.map(({ manifest, error }) => manifest ?? error));
  expect(manifests.size).toBe(1);
  const [manifest = ''] = manifests;
  for (const word of ['r.test/operator:o1', 'r.test/pnd:d1', 'r.test/plugin:p1', 'replicas: 2', '/mnt/cache'])
    expect(manifest).toContain(word);
}, 60_000);

test.each(
  leaves.map((leaf) => [leaf.names.map((name) => `${name}.${leaf.path}`).join(' and '), leaf] as const),
)('%s with different values are refused by both names', async (_, leaf) => {
  const other = { string: 'other', number: 3, boolean: true, object: ['-m', '/mnt/other'] }[
    typeof leaf.value as 'string'
  ];
  const different = leaf.path === 'interval' ? '31s' : leaf.path === 'logLevel' ? 'warn' : other;
  const [older, newer] = leaf.names.map((name) => `${name}.${leaf.path}`);
  const values = nested([
    [older ?? '', leaf.value],
    [newer ?? '', different],
  ]);
  expect(await refusalOf({ ...inNamespace, values })).toContain(`${older} and ${newer} are both set, to `);
});

describe('arguments of the device plugin', () => {
  function pluginSettings(argv: readonly string[]): Settings {
    return settings(
      loadConfig({ ...commonOptions, ...options }, { argv: [...argv], env: {}, readFile: () => '' }),
    );
  }

  const path = fc.stringMatching(/^\/[a-z]{1,8}( [a-z]{1,4})?(\/[a-z0-9-]{1,8}){0,2}$/);
  const flag = (names: readonly string[], value: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.constantFrom(...names), value, fc.constantFrom('-', '--'), fc.boolean())
      .map(([name, text, dash, joined]) => (joined ? [`${dash}${name}=${text}`] : [`${dash}${name}`, text]));
  const given = fc
    .tuple(
      fc.option(
        flag(
          ['m'],
          path.filter((text) => !/^\/(dev|etc|usr|proc|sys|boot|var)/.test(text)),
        ),
      ),
      fc.option(flag(['p'], path)),
      fc.option(flag(['f'], fc.stringMatching(/^[A-Z0-9.]{1,8}(,[A-Z]{4})?$/))),
      fc.option(
        fc.constantFrom(['-skip_firmware_check'], ['--skip_firmware_check=true'], ['-skip_firmware_check=F']),
      ),
    )
    .map((flags) => flags.flatMap((words) => words ?? []));

  test('say the same in the AidaptivCache as they do to the plugin, as a list or as one text', async () => {
    const samples = fc.sample(given, 20);
    const specs = await specsOf([
      ...samples.map((words) => ({ phison_device_plugin: { arguments: words } })),
      ...samples.map((words) => ({ devicePlugin: { arguments: words.map(quoted).join('  ') } })),
    ]);
    samples.forEach((argv, i) => {
      const { selection, hostPath, podPath } = pluginSettings(argv);
      for (const spec of [specs[i], specs[i + samples.length]]) {
        const { cache, firmware, discovery, devicePlugin } = spec as Record<string, Values | undefined>;
        const host = cache?.hostPath ?? '/mnt/nvme0';
        expect([argv, host, cache?.podPath ?? host]).toEqual([argv, hostPath, podPath]);
        expect([argv, firmware?.check ?? 'Enforce']).toEqual([argv, selection.firmwareCheck]);
        expect([argv, firmware?.allowed ?? ['EIFZ']]).toEqual([argv, selection.firmwareAllowed]);
        expect([argv, discovery?.match ?? 'ModelAndVendor']).toEqual([argv, selection.rule.match]);
        expect(devicePlugin?.arguments ?? []).toEqual(argv);
      }
    });
  }, 60_000);

  function quoted(word: string, i: number): string {
    if (!/[\s]/.test(word)) return word;
    const quote = i % 2 === 0 ? '"' : "'";
    return word.replace(/^(-{1,2}[a-z]=)?(.*)$/, `$1${quote}$2${quote}`);
  }

  test('win over aidaptivCache.spec, which wins over other values', async () => {
    const [spec] = await specsOf([
      {
        phison_device_plugin: { arguments: '-m /mnt/a -f EIFY', image: { tag: 'one' } },
        exporter: { containerPort: 9300, allNvme: true },
        aidaptivCache: {
          spec: {
            cache: { hostPath: '/mnt/b', podPath: '/c', create: false },
            firmware: { check: 'Skip' },
            exporter: { port: 9301 },
            devicePlugin: { arguments: ['-m', '/d'] },
          },
        },
      },
    ]);
    expect(spec).toMatchObject({
      cache: { hostPath: '/mnt/a', podPath: '/c', create: false },
      firmware: { check: 'Enforce', allowed: ['EIFY'] },
      exporter: { port: 9301, scope: 'AllNvme' },
      devicePlugin: { arguments: ['-m', '/mnt/a', '-f', 'EIFY'] },
    });
  });

  test.each([
    ['-m "/mnt/a', /^execution error .*phison_device_plugin\.arguments: .* has a quote that does not end/],
    ['-m', /phison_device_plugin\.arguments: -m has no value/],
    ['-m=', /phison_device_plugin\.arguments: -m has no value/],
    ['-f EIFZ -f EIFY', /phison_device_plugin\.arguments: -f is given twice, with "EIFZ" and "EIFY"/],
    ['-skip_firmware_check=maybe', /phison_device_plugin\.arguments: -skip_firmware_check is true or false/],
  ])('%s is refused with a sentence that names the key', async (text, expected) => {
    const values = { phison_device_plugin: { arguments: text } };
    expect(await refusalOf({ ...inNamespace, values })).toMatch(expected);
  });
});

test('what labels the nodes looks for the drives the AidaptivCache is about', async () => {
  const [answer] = await renderings([
    {
      ...inNamespace,
      values: {
        phison_device_plugin: { arguments: '-skip_firmware_check' },
        aidaptivCache: {
          spec: {
            discovery: { denySerials: ['A'], intervalSeconds: 20 },
            nodeDiscovery: { intervalSeconds: 45 },
          },
        },
      },
    },
  ]);
  const text = answer?.manifest ?? '';
  for (const flag of [
    '--ai100-match=AnyNvme',
    '--firmware-check=Skip',
    '--ai100-deny-serials=A',
    '--interval=45s',
  ])
    expect(text).toContain(flag);
});

test('recovery that is Off without quotes, which is false to Helm, is off in every chart', async () => {
  const recovery = { mode: false };
  const chart = 'ai100-device-plugin';
  const [operator, agent, wrong] = await renderings([
    { ...inNamespace, values: { aidaptivCache: { spec: { recovery } } } },
    { chart, values: { recovery } },
    { chart, values: { recovery: { mode: true } } },
  ]);
  expect(cacheOf(operator?.manifest).spec?.recovery).toEqual({ mode: 'Off' });
  expect(agent?.manifest).toContain('--recovery-mode=Off');
  expect(wrong?.error).toContain('/recovery/mode');
});

describe('the namespace', () => {
  const values = { global: { namespace: 'phison' } };

  test('is that of the release', async () => {
    const objects = parseObjects((await renderings([inNamespace]))[0]?.manifest ?? '');
    const namespaces = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
    expect([...namespaces]).toEqual(['aidaptivcache-operator']);
    expect(objects.filter(({ kind }) => kind === 'Namespace')).toEqual([]);
  });

  test('of another name is refused with the name of the value', async () => {
    expect(await refusalOf({ ...inNamespace, values })).toMatch(
      /global\.namespace: "phison" is not the namespace of the release/,
    );
  });

  test('is made where that is asked for, and every object is in it', async () => {
    const [answer] = await renderings([{ ...inNamespace, values: { ...values, createNamespace: true } }]);
    const objects = parseObjects(answer?.manifest ?? '');
    expect([...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))]).toEqual(['phison']);
    expect(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name)).toEqual([
      'phison',
    ]);
    expect(answer?.manifest).not.toContain('serviceaccount:aidaptivcache-operator:');
  });
});

test.each([
  [{ service: { ports: [{ name: 'https', port: 9443 }] } }, /service\.ports: no port is named handshake/],
  [
    {
      service: {
        ports: [
          { name: 'handshake', port: 1 },
          { name: 'https', port: 1 },
        ],
      },
    },
    /service\.ports: two ports are called 1/,
  ],
  [
    { service: { ports: [{ name: 'handshake', port: 1, targetPort: 8081 }] } },
    /service\.ports too, and healthPort are both 8081/,
  ],
  [
    { service: { ports: [{ name: 'handshake', port: 1, targetPort: 'https' }] } },
    /service\.ports: the targetPort of handshake is a number or handshake/,
  ],
  [{ tls: { enabled: true } }, /tls\.enabled: this chart brings no webhook/],
  [{ exporter: { nodeSelector: { pool: 'a' } } }, /exporter\.nodeSelector: .* "pool"/],
  [{ exporter: { image: { repository: 'a'.repeat(512), tag: 'b' } } }, /exporter\.image: .* 514 characters/],
  [
    { devicePlugin: { image: { repository: 'a'.repeat(512), tag: 'b' } } },
    /devicePlugin\.image: .* 514 characters/,
  ],
  [{ imagePullSecret: { password: 'x' } }, /imagePullSecret.*'password' not allowed/],
  [{ aidaptivCache: { spec: { cache: { layout: 'Wide' } } } }, /aidaptivCache\/spec\/cache\/layout/],
  [{ phison_operator: { replicas: 2 } }, /phison_operator.*'replicas' not allowed/],
])('%j is refused with the name of the value', async (values, expected) => {
  expect(await refusalOf({ ...inNamespace, values })).toMatch(expected);
});

test('service.ports and webhook.checkInterval say how exporters report to the operator', async () => {
  const values = {
    service: {
      ports: [
        { name: 'https', port: 443 },
        { name: 'handshake', port: 9000, targetPort: 7777 },
      ],
    },
    webhook: { checkInterval: '30s' },
  };
  const answers = await renderings([inNamespace, { ...inNamespace, values }]);
  const [plain, changed] = answers.map(({ manifest }) => parseObjects(manifest ?? ''));
  const serviceOf = (objects: readonly RenderedObject[] = []) =>
    objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'aidaptivcache-service')
      ?.spec;
  const [https, handshake] = [9443, 8443].map((port) => ({ port, targetPort: 'handshake', protocol: 'TCP' }));
  expect(serviceOf(plain)?.ports).toEqual([
    { name: 'https', ...https },
    { name: 'handshake', ...handshake },
  ]);
  expect(serviceOf(changed)?.ports).toMatchObject([{ port: 443 }, { port: 9000, targetPort: 'handshake' }]);
  const deployment = JSON.stringify(changed?.find(({ kind }) => kind === 'Deployment')?.spec);
  for (const part of [
    '"--handshake-bind-address=:7777","--handshake-port=9000","--handshake-check-interval=30s"',
    '{"name":"handshake","containerPort":7777}',
  ])
    expect(deployment).toContain(part);
});

function isMonitoring({ kind, metadata }: RenderedObject): boolean {
  return kind === 'PrometheusRule' || (kind === 'ConfigMap' && metadata.name.endsWith('-dashboard'));
}

test('a cache that is there outlives the release, and alerts and a dashboard come when they are wanted', async () => {
  const exporter = { prometheusRule: { enabled: true, olderNames: true }, dashboard: { enabled: true } };
  const answers = await renderings([inNamespace, { ...inNamespace, values: { exporter } }]);
  const [plain, monitored] = answers.map(({ manifest }) => parseObjects(manifest ?? ''));
  const cache = plain?.find(({ kind }) => kind === 'AidaptivCache');
  expect(cache?.metadata.annotations).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  expect(plain?.filter(isMonitoring)).toEqual([]);
  const rule = monitored?.find(({ kind }) => kind === 'PrometheusRule');
  const groups = rule?.spec?.groups as {
    name: string;
    rules: { annotations?: { summary: string } }[];
  }[];
  expect(groups.map(({ name }) => name)).toEqual(['nvme-exporter', 'nvme-exporter-older-names']);
  expect(groups[0]?.rules[0]?.annotations?.summary).toContain('{{ $labels.device }}');
  const dashboard = monitored?.filter(isMonitoring).find(({ kind }) => kind === 'ConfigMap');
  expect(dashboard?.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
  const data = dashboard?.data as Record<string, string> | undefined;
  const text = data?.['rackwright-ai100.json'] ?? '';
  expect(JSON.parse(text)).toMatchObject({ uid: 'rackwright-ai100' });
});

/** Pods of the operator, of its jobs and of its test, by kind and name; agents are rolled out by the operator. */
async function operatorPods(values: Values, of: Release = inNamespace): Promise<Map<string, PodSpec>> {
  const [answer] = await renderings([{ ...of, values }]);
  const objects = parseObjects(answer?.manifest ?? answer?.error ?? '');
  const pods = objects.flatMap(({ kind, metadata, spec }): [string, PodSpec][] => {
    if (kind === 'Pod') return [[`Pod ${metadata.name}`, spec as unknown as PodSpec]];
    const { template } = (spec ?? {}) as { template?: { spec: PodSpec } };
    const isOperators = kind === 'Deployment' || (kind === 'Job' && !metadata.name.includes('discovery'));
    return template !== undefined && isOperators ? [[`${kind} ${metadata.name}`, template.spec]] : [];
  });
  return new Map(pods.sort(([a], [b]) => a.localeCompare(b)));
}

interface PodSpec {
  readonly tolerations?: readonly object[];
  readonly serviceAccountName: string;
  readonly containers: readonly { readonly image: string; readonly args: readonly string[] }[];
}

test('the operator, its jobs and its test run on nodes that it has tainted itself', async () => {
  const own = { key: 'phison.com/ai100-unhealthy', operator: 'Exists' };
  const pods = await operatorPods({});
  expect([...pods.keys()]).toEqual([
    'Deployment aidaptivcache-operator',
    'Job aidaptivcache-operator-crds',
    'Job aidaptivcache-operator-removal',
    'Pod aidaptivcache-operator-verify',
  ]);
  for (const { tolerations } of pods.values()) expect(tolerations).toEqual([own]);
  const given = { key: 'hpc', operator: 'Exists' };
  const more = await operatorPods({ operator: { tolerations: [given] } });
  for (const { tolerations } of more.values()) expect(tolerations).toEqual([given, own]);
  // Other controllers put no taint on nodes.
  for (const { tolerations } of (await operatorPods({}, { chart: 'operator-manager' })).values())
    expect(tolerations).toBeUndefined();
}, 60_000);

test('helm test asks, under the account of the operator, about the AidaptivCache alone', async () => {
  const values = { operator: { image: { repository: 'r.test/operator', tag: 'o1' } } };
  const pod = (await operatorPods(values)).get('Pod aidaptivcache-operator-verify');
  expect(pod?.serviceAccountName).toBe('aidaptivcache-operator');
  expect(pod?.containers).toMatchObject([
    {
      image: 'r.test/operator:o1',
      args: ['verify', '--timeout=2m', '--namespace=aidaptivcache-operator', '--controllers=aidaptivcache'],
    },
  ]);
});
