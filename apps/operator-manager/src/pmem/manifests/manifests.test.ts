import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { PmemCsiDeploymentSpec } from '@rackwright/api';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import { stringify } from 'yaml';
import { fieldChanges } from '../testing/field-changes.ts';
import { storedDeployment, testSettings } from '../testing/fixtures.ts';
import { wantedObjects } from './index.ts';

const full: PmemCsiDeploymentSpec = {
  image: 'registry.test/own/driver:2',
  imagePullPolicy: 'Always',
  provisionerImage: 'registry.test/own/provisioner:2',
  resizerImage: 'registry.test/own/resizer:2',
  nodeRegistrarImage: 'registry.test/own/registrar:2',
  controllerDriverResources: { requests: { cpu: '1m' } },
  nodeDriverResources: { requests: { cpu: '2m' } },
  provisionerResources: { requests: { cpu: '3m' } },
  resizerResources: { requests: { cpu: '5m' } },
  nodeRegistrarResources: { requests: { cpu: '4m' } },
  controllReplicas: 2,
  deviceMode: 'direct',
  logLevel: 5,
  logFormat: 'json',
  nodeSelector: { 'example.com/pmem': 'yes' },
  pmemPercentage: 50,
  labels: { team: 'storage' },
  kubeletDir: '/data/kubelet',
  maxUnavailable: '30%',
};

const objectsOf = (spec: PmemCsiDeploymentSpec): KubeObject[] =>
  wantedObjects(storedDeployment(spec), testSettings);

/** Compares with a checked-in file; UPDATE_GOLDEN=1 rewrites it. */
test.each(Object.entries({ minimal: {}, full }))('the objects of a %s deployment', async (name, spec) => {
  const path = new URL(`testdata/${name}.yaml`, import.meta.url);
  const text = objectsOf(spec)
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(path, text);
  expect(text).toBe(await readFile(path, 'utf8'));
});

describe('a change of', () => {
  const before = objectsOf({});
  test.each(fieldChanges)(
    'spec.%s to %j changes nothing but the workloads it is about',
    (field, value, changed) => {
      const after = objectsOf({ [field]: value });
      const different = after.filter((object, i) => !isDeepStrictEqual(object, before[i]));
      expect(different.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual(changed);
    },
  );

  test('spec.labels reaches every object and pod, and cannot take one away from the operator', () => {
    const objects = objectsOf({ labels: { team: 'a', 'app.kubernetes.io/managed-by': 'b' } });
    for (const { metadata } of objects)
      expect(metadata?.labels).toMatchObject({
        team: 'a',
        'app.kubernetes.io/managed-by': 'pmem-csi-operator',
      });
    const node = objects.find(({ metadata }) => metadata?.name === 'pmem-csi-intel-com-node') as DaemonSet;
    expect(node.spec?.template.metadata?.labels).toMatchObject({ team: 'a' });
    expect(node.spec?.selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'pmem-csi-node',
      'app.kubernetes.io/instance': 'pmem-csi.intel.com',
    });
  });
});

test('an empty node selector is every node', () => {
  const node = objectsOf({ nodeSelector: {} }).find(
    ({ metadata }) => metadata?.name === 'pmem-csi-intel-com-node',
  ) as DaemonSet;
  expect(node.spec?.template.spec?.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' });
});

test('folders of a simulated host are below its tree, those of its kubelet are not', () => {
  const settings = { ...testSettings, hostRoot: '/sim/a', kubeletDir: '/sim/kubelet' };
  const node = wantedObjects(storedDeployment(), settings).find(
    ({ metadata }) => metadata?.name === 'pmem-csi-intel-com-node',
  ) as DaemonSet;
  const volumes = node.spec?.template.spec?.volumes ?? [];
  expect(Object.fromEntries(volumes.map(({ name, hostPath }) => [name, hostPath?.path]))).toEqual({
    'socket-dir': '/sim/kubelet/plugins/pmem-csi.intel.com',
    'registration-dir': '/sim/kubelet/plugins_registry',
    'mountpoint-dir': '/sim/kubelet/plugins/kubernetes.io/csi',
    'pods-dir': '/sim/kubelet/pods',
    'pmem-state-dir': '/sim/a/var/lib/pmem-csi.intel.com',
    'dev-dir': '/sim/a/dev',
    'sys-dir': '/sim/a/sys',
  });
});

test('a driver that the spec names has no external-resizer, unless the spec names one too, and none has one in mode direct: they cannot grow volumes', () => {
  const containersOf = (spec: PmemCsiDeploymentSpec): string[] => {
    const nodes = objectsOf(spec).filter(({ kind }) => kind === 'DaemonSet') as DaemonSet[];
    return nodes.flatMap((node) => node.spec?.template.spec?.containers.map(({ name }) => name) ?? []);
  };
  const image = 'intel/pmem-csi-driver:v1.1.0';
  expect(containersOf({})).toContain('external-resizer');
  expect(containersOf({ image })).not.toContain('external-resizer');
  expect(containersOf({ image, resizerImage: 'r:1' })).toContain('external-resizer');
  expect(containersOf({ deviceMode: 'direct' })).not.toContain('external-resizer');
});
