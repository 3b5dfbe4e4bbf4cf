import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { PmemDeploymentSpec } from '@rackwright/api';
import type { DaemonSet, KubeObject, StatefulSet } from '@rackwright/kube';
import { stringify } from 'yaml';
import { olderFieldChanges } from '../../testing/field-changes.ts';
import { olderDeployment, testSettings } from '../../testing/fixtures.ts';
import type { CertificateSet } from '../certificates/certificate-set.ts';
import { olderObjects } from './index.ts';

const set: CertificateSet = {
  ca: 'the CA\n',
  registry: { cert: 'of the registry\n', key: 'its key\n' },
  nodeController: { cert: 'of the nodes\n', key: 'their key\n' },
};

const full: PmemDeploymentSpec = {
  driverName: 'full.example.com',
  image: 'registry.test/own/driver:2',
  imagePullPolicy: 'Always',
  pullPolicy: 'Never',
  provisionerImage: 'registry.test/own/provisioner:2',
  resizerImage: 'registry.test/own/resizer:2',
  nodeRegistrarImage: 'registry.test/own/registrar:2',
  registrarImage: 'registry.test/not/this:2',
  controllerResources: { requests: { cpu: '1m' } },
  nodeResources: { requests: { cpu: '2m' } },
  deviceMode: 'direct',
  logLevel: 5,
  nodeSelector: { 'example.com/pmem': 'yes' },
  pmemPercentage: 50,
  labels: { team: 'storage' },
  kubeletDir: '/data/kubelet',
};

const objectsOf = (spec: PmemDeploymentSpec, certificates = set): KubeObject[] =>
  olderObjects(olderDeployment(spec), testSettings, certificates);

/** Compares with a checked-in file; UPDATE_GOLDEN=1 rewrites it. */
test.each(Object.entries({ minimal: {}, full }))('the objects of a %s Deployment', async (name, spec) => {
  const path = new URL(`testdata/${name}.yaml`, import.meta.url);
  const text = objectsOf(spec)
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(path, text);
  expect(text).toBe(await readFile(path, 'utf8'));
});

describe('a change of', () => {
  const before = objectsOf({});
  test.each(olderFieldChanges)(
    'spec.%s to %j changes nothing but what it is about',
    (field, value, changed) => {
      const after = objectsOf({ [field]: value });
      const different = after.filter((object, i) => !isDeepStrictEqual(object, before[i]));
      expect(different.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual(changed);
    },
  );

  test('certificates changes their Secret and no pod', () => {
    const renewed = { ...set, registry: { cert: 'another\n', key: 'another\n', next: set.registry } };
    const after = objectsOf({}, renewed);
    const different = after.filter((object, i) => !isDeepStrictEqual(object, before[i]));
    expect(different.map(({ metadata }) => metadata?.name)).toEqual(['pmem-deployment-pmem-registry']);
  });

  test('spec.labels reaches every object and pod, and cannot take one away from the operator', () => {
    const objects = objectsOf({ labels: { team: 'a', app: 'b', 'app.kubernetes.io/managed-by': 'c' } });
    for (const { metadata } of objects)
      expect(metadata?.labels).toMatchObject({
        team: 'a',
        'app.kubernetes.io/managed-by': 'pmem-csi-operator-v1alpha1',
      });
    const workloads = objects.filter(({ kind }) => kind === 'DaemonSet' || kind === 'StatefulSet');
    for (const { spec, metadata } of workloads as (DaemonSet | StatefulSet)[]) {
      expect(spec?.selector.matchLabels).toEqual({ app: metadata?.name });
      expect(spec?.template.metadata?.labels).toMatchObject({ team: 'a', app: metadata?.name });
    }
  });
});

test('the controller has the two containers its users know, and a third where they ask for one that volumes can grow by', () => {
  const containersOf = (spec: PmemDeploymentSpec) => {
    const [controller] = objectsOf(spec).filter(({ kind }) => kind === 'StatefulSet') as StatefulSet[];
    return controller?.spec?.template.spec?.containers.map(({ name }) => name);
  };
  expect(containersOf({})).toEqual(['pmem-driver', 'provisioner']);
  expect(containersOf({ resizerImage: 'r:1' })).toEqual(['pmem-driver', 'provisioner', 'resizer']);
  expect(containersOf({ resizerImage: 'r:1', deviceMode: 'direct' })).toHaveLength(2);
});

test('a driver is called as its object is where that has a dot, as of a later operator', () => {
  const objects = olderObjects(olderDeployment({}, 'b.example.com'), testSettings, set);
  const named = objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  expect(named).toContain('CSIDriver b.example.com');
  expect(named).toContain('StatefulSet b-example-com-controller');
});
