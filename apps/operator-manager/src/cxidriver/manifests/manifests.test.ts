import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { kubernetes } from '@rackwright/keys';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import { stringify } from 'yaml';
import { storedDriver, testSettings } from '../../testing/fixtures.ts';
import { manifests } from '../../testing/manifests.ts';
import type { CxiSettings } from '../settings.ts';

const full = {
  version: '14.0.1',
  driverAgent: { image: 'registry.test/own/agent@sha256:1', switchIdMask: '0xff000' },
  retryHandler: {
    onCrash: 'restart',
    conf: '/etc/cxi_rh.conf',
    daemonset: {
      resources: { limits: { memory: '1Gi' } },
      nodeSelector: { rh: 'yes' },
      tolerations: [{ key: 'rh', operator: 'Exists' }],
      updateStrategy: 'RollingUpdate',
    },
  },
  devicePlugin: {
    resourceName: 'example.com/nic',
    legacyResourceName: '',
    sharingMode: 'exclusive',
    sharedCapacity: 7,
    allocateMode: 'cdi-cri',
    requireRetryHandler: true,
  },
  metricsExporter: { port: 9999, telemetry: ['a', 'b'], resources: { requests: { cpu: 1 } } },
  nodeSelector: { 'slingshot.hpe.com/nic.present': 'true' },
  tolerations: [{ key: 'hpc', operator: 'Exists', effect: 'NoSchedule' }],
  priorityClassName: '',
  updateStrategy: { maxUnavailable: '3' },
};
const simulated: CxiSettings = {
  ...testSettings,
  hostRoot: '/var/lib/sim/node-a',
  imagePullSecrets: ['pull'],
  kubeletDir: '/data/kubelet',
};

function daemonSets(objects: readonly KubeObject[]): Map<string, DaemonSet> {
  const found = objects.filter(({ kind }) => kind === 'DaemonSet') as DaemonSet[];
  return new Map(found.map((object) => [object.metadata?.name ?? '', object]));
}

function container(object: DaemonSet | undefined) {
  const found = object?.spec?.template.spec?.containers[0];
  if (found === undefined) throw new Error('no container');
  return found;
}

/** Compares with a checked-in file; UPDATE_GOLDEN=1 rewrites it. */
function expressionsOf({ spec }: DaemonSet) {
  const node = spec?.template.spec?.affinity?.nodeAffinity;
  const terms = node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchExpressions }) => matchExpressions ?? []);
}

async function golden(name: string, objects: readonly KubeObject[]): Promise<void> {
  const path = new URL(`./testdata/${name}`, import.meta.url);
  const text = objects
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(path, text);
  expect(text).toBe(await readFile(path, 'utf8'));
}

test('a minimal driver becomes these objects', () =>
  golden('minimal.yaml', manifests(storedDriver(), testSettings)));

test('a driver with everything set becomes these objects', () =>
  golden('full.yaml', manifests(storedDriver(full), simulated)));

describe('of all agents', () => {
  const objects = daemonSets(manifests(storedDriver(), testSettings));

  test('only the retry handler is privileged', () => {
    const privileged = [...objects].filter(([, object]) => container(object).securityContext?.privileged);
    expect(privileged.map(([name]) => name)).toEqual(['cxi-retry-handler']);
    for (const [, object] of objects) {
      const { securityContext = {} } = container(object);
      expect(securityContext.readOnlyRootFilesystem).toBe(true);
      if (!securityContext.privileged) expect(securityContext.capabilities).toEqual({ drop: ['ALL'] });
      expect(object.spec?.template.spec?.securityContext?.seccompProfile).toEqual({ type: 'RuntimeDefault' });
    }
  });

  test('the metrics exporter is not even root', () => {
    const { securityContext } = container(objects.get('cxi-metrics-exporter'));
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532 });
  });

  test('only the driver agent gets an API token', () => {
    const withToken = [...objects].filter(
      ([, { spec }]) => spec?.template.spec?.automountServiceAccountToken,
    );
    expect(withToken.map(([name]) => name)).toEqual(['cxi-driver-agent']);
  });

  test('each has an account, probes, a port, requests of its own, and limits unless a handler could fall to them', () => {
    for (const [name, object] of objects) {
      expect(object.spec?.template.spec?.serviceAccountName).toBe(name);
      const { ports, livenessProbe, readinessProbe, resources } = container(object);
      expect(livenessProbe?.httpGet).toEqual({ path: '/healthz', port: ports?.[0]?.name });
      expect(readinessProbe?.httpGet).toEqual({ path: '/readyz', port: ports?.[0]?.name });
      const kinds = name.endsWith('retry-handler') ? ['requests'] : ['limits', 'requests'];
      expect(Object.keys(resources ?? {}).sort()).toEqual(kinds);
    }
  });

  test('each sees its host tree below /host and nothing of it elsewhere', () => {
    for (const [, object] of daemonSets(manifests(storedDriver(), simulated))) {
      const volumes = new Map(
        object.spec?.template.spec?.volumes?.map(({ name, hostPath }) => [name, hostPath?.path]),
      );
      for (const { name, mountPath } of container(object).volumeMounts ?? []) {
        const path = volumes.get(name) ?? '';
        if (mountPath.startsWith('/host/'))
          expect(path).toBe(`/var/lib/sim/node-a${mountPath.slice('/host'.length)}`);
        else expect(path).not.toContain('/var/lib/sim');
      }
    }
  });
});

describe('the architectures of the images', () => {
  const asked = (architectures: readonly string[]): unknown[] =>
    [...daemonSets(manifests(storedDriver(), { ...testSettings, architectures })).values()].map((object) =>
      expressionsOf(object).find(({ key }) => key === 'kubernetes.io/arch'),
    );

  test('hold every agent to nodes that can run it', () => {
    const expression = { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] };
    expect(asked(['amd64', 'arm64'])).toEqual(Array(4).fill(expression));
  });

  test('are no condition when there are none', () => expect(asked([])).toEqual(Array(4).fill(undefined)));
});

describe('nodes without a kubelet of their own', () => {
  const asked = (nodeSelector = {}): unknown[] =>
    [...daemonSets(manifests(storedDriver({ nodeSelector }), testSettings)).values()].map((object) =>
      expressionsOf(object)
        .filter(({ key }) => key !== 'kubernetes.io/arch')
        .map(({ key, operator, values = [] }) => `${key} ${operator} ${values.join()}`.trim()),
    );
  const all = [
    'type NotIn virtual-kubelet,kwok',
    'virtual-kubelet.io/provider DoesNotExist',
    'eks.amazonaws.com/compute-type NotIn fargate',
    'liqo.io/type NotIn virtual-node',
  ];

  test('are passed over by every agent', () => expect(asked()).toEqual(Array(4).fill(all)));
  test('are served when spec.nodeSelector names the label they are known by', () =>
    expect(asked({ type: 'kwok' })).toEqual(Array(4).fill(all.slice(1))));
  test('are served by the retry handler alone when only its nodeSelector names it', () => {
    const retryHandler = { daemonset: { nodeSelector: { type: 'kwok' } } };
    const objects = daemonSets(manifests(storedDriver({ retryHandler }), testSettings));
    const some = [...objects.values()].map((object) =>
      expressionsOf(object).some(({ key }) => key === 'type'),
    );
    expect(some.filter((passed) => !passed)).toHaveLength(1);
  });
  test('are the same ones the charts of the agents pass over', async () => {
    const placement = new URL('../../../../../charts/common/templates/_placement.tpl', import.meta.url);
    const text = await readFile(placement, 'utf8');
    for (const [key, values] of Object.entries(kubernetes.virtualNodeLabels)) {
      const line = text.split('\n').find((one) => one.includes(`"key" "${key}"`));
      expect(line).toContain(
        values.length === 0 ? '"DoesNotExist"' : values.map((value) => `"${value}"`).join(' '),
      );
    }
  });
});

test('an SELinux type is for the agents that are not privileged', () => {
  const objects = daemonSets(manifests(storedDriver(), { ...testSettings, seLinuxType: 'spc_t' }));
  const types = [...objects].map(([name, { spec }]) => [
    name,
    spec?.template.spec?.securityContext?.seLinuxOptions,
  ]);
  expect(Object.fromEntries(types)).toEqual({
    'cxi-driver-agent': { type: 'spc_t' },
    'cxi-device-plugin': { type: 'spc_t' },
    'cxi-metrics-exporter': { type: 'spc_t' },
    'cxi-retry-handler': undefined,
  });
});

describe('what is not wanted is not built', () => {
  test.each([
    ['retryHandler', { enabled: false }, 'retry-handler'],
    ['retryHandler', { mode: 'none' }, 'retry-handler'],
    ['devicePlugin', { enabled: false }, 'device-plugin'],
    ['metricsExporter', { enabled: false }, 'metrics-exporter'],
  ])('%s with %j', (block, value, component) => {
    const names = manifests(storedDriver({ [block]: value }), testSettings).map(
      ({ metadata }) => metadata?.name,
    );
    expect(names).toContain('cxi-driver-agent');
    expect(names).not.toContain(`cxi-${component}`);
  });
});

describe('the update strategy', () => {
  test.each([
    [{}, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } }],
    [{ maxUnavailable: 2 }, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } }],
    [{ maxUnavailable: '2' }, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } }],
    [{ type: 'OnDelete' }, { type: 'OnDelete' }],
  ])('%j of the driver is that of its agents', (updateStrategy, expected) => {
    const objects = daemonSets(manifests(storedDriver({ updateStrategy }), testSettings));
    expect(objects.get('cxi-driver-agent')?.spec?.updateStrategy).toEqual(expected);
    expect(objects.get('cxi-retry-handler')?.spec?.updateStrategy).toEqual({ type: 'OnDelete' });
  });

  test('a new device plugin starts before the old one of its node ends, on as many nodes at a time', () => {
    const strategyOf = (updateStrategy: Record<string, unknown>): unknown =>
      daemonSets(manifests(storedDriver({ updateStrategy }), testSettings)).get('cxi-device-plugin')?.spec
        ?.updateStrategy;
    expect(strategyOf({ maxUnavailable: '25%' })).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 },
    });
    expect(strategyOf({ type: 'OnDelete' })).toEqual({ type: 'OnDelete' });
  });
});
