import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Container, Pod } from '../pod-model.ts';
import { containerEnv, type ObjectSource } from './container-env.ts';
import { expand } from './expand.ts';
import { fieldValue } from './field-value.ts';
import { resourceValue } from './resource-value.ts';
import { apiServerEnv } from './service-env.ts';

const addresses = { hostIp: '127.1.1.1', podIp: '127.1.1.2' };
const node = { cpu: 4, memory: 8 * 2 ** 30 };

function podOf(container: Container): Pod {
  return {
    metadata: {
      name: 'p',
      namespace: 'ns',
      uid: 'u',
      labels: { b: '2', a: '1' },
      annotations: { note: 'x "y"' },
    },
    spec: { nodeName: 'n1', serviceAccountName: 'sa', containers: [container] },
  };
}

const objects: ObjectSource = {
  configMap: (namespace, name) =>
    Promise.resolve(
      namespace === 'ns' && name === 'cm' ? { data: { key: 'value', other: 'more' } } : undefined,
    ),
  secret: (_, name) =>
    Promise.resolve(name === 's' ? { data: { key: Buffer.from('hidden').toString('base64') } } : undefined),
};

function env(container: Container, services: Record<string, string> = {}): Promise<Record<string, string>> {
  return containerEnv({ pod: podOf(container), container, objects, addresses, node, services });
}

test('variables refer to earlier ones, to services and to nothing', async () => {
  const variables = [
    { name: 'A', value: 'a' },
    { name: 'B', value: '$(A)-$(SERVICE)-$(C)-$$(A)' },
    { name: 'C', value: 'c' },
  ];
  expect(await env({ name: 'c', env: variables }, { SERVICE: 's', A: 'hidden by the own one' })).toEqual({
    SERVICE: 's',
    A: 'a',
    B: 'a-s-$(C)-$(A)',
    C: 'c',
  });
});

test('env overrides envFrom, which may have a prefix', async () => {
  const container: Container = {
    name: 'c',
    envFrom: [{ prefix: 'CM_', configMapRef: { name: 'cm' } }, { secretRef: { name: 's' } }],
    env: [{ name: 'CM_key', value: 'mine' }],
  };
  expect(await env(container)).toEqual({ CM_key: 'mine', CM_other: 'more', key: 'hidden' });
});

test('single keys of ConfigMaps and Secrets', async () => {
  const variables = [
    { name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'key' } } },
    { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } },
    { name: 'C', valueFrom: { configMapKeyRef: { name: 'cm', key: 'nope', optional: true } } },
    { name: 'D', valueFrom: { secretKeyRef: { name: 'nope', key: 'key', optional: true } } },
  ];
  expect(await env({ name: 'c', env: variables })).toEqual({ A: 'value', B: 'hidden' });
});

test.each([
  [
    'configmap "nope" not found',
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'nope', key: 'k' } } }] },
  ],
  ['secret "nope" not found', { envFrom: [{ secretRef: { name: 'nope' } }] }],
  [
    'configmap cm has no key nope',
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'nope' } } }] },
  ],
])('what is missing and not optional is an error: %s', async (message, part) => {
  await expect(env({ name: 'c', ...part })).rejects.toThrow(message);
});

test.each([
  ['metadata.name', 'p'],
  ['metadata.namespace', 'ns'],
  ['metadata.uid', 'u'],
  ["metadata.labels['a']", '1'],
  ["metadata.labels['nope']", ''],
  ['metadata.labels', 'a="1"\nb="2"'],
  ['metadata.annotations', 'note="x \\"y\\""'],
  ['spec.nodeName', 'n1'],
  ['spec.serviceAccountName', 'sa'],
  ['status.hostIP', '127.1.1.1'],
  ['status.podIP', '127.1.1.2'],
])('field %s is %j', (path, value) => {
  expect(fieldValue(podOf({ name: 'c' }), path, addresses)).toBe(value);
});

test('a field Kubernetes does not offer is refused', () => {
  expect(() => fieldValue(podOf({ name: 'c' }), 'spec.hostname', addresses)).toThrow(/spec.hostname/);
});

test.each([
  ['limits.cpu', undefined, '1'],
  ['limits.cpu', '1m', '100'],
  ['requests.memory', '1Mi', '64'],
  ['requests.cpu', '1m', '0'],
  ['limits.memory', '1Gi', '8'],
])('resource %s divided by %s is %s', (resource, divisor, value) => {
  const container: Container = {
    name: 'c',
    resources: { limits: { cpu: '100m' }, requests: { memory: '64Mi' } },
  };
  const reference = divisor === undefined ? { resource } : { resource, divisor };
  expect(resourceValue(podOf(container), container, reference, node)).toBe(value);
});

test('the resource of another container, and what is not there', () => {
  const other: Container = { name: 'o', resources: { limits: { cpu: 2 } } };
  const pod = podOf(other);
  expect(resourceValue(pod, undefined, { containerName: 'o', resource: 'limits.cpu' }, node)).toBe('2');
  expect(() => resourceValue(pod, undefined, { containerName: 'x', resource: 'limits.cpu' }, node)).toThrow(
    /x/,
  );
  expect(() => resourceValue(pod, other, { resource: 'limits.gpu' }, node)).toThrow(/limits.gpu/);
});

test('text without $ is left alone, and expansion never runs twice', () => {
  fc.assert(
    fc.property(
      fc.string(),
      (text) => expand(text.replaceAll('$', ''), () => '!') === text.replaceAll('$', ''),
    ),
  );
  expect(expand('$(A)', () => '$(A)')).toBe('$(A)');
  expect(expand('$A $( $(A', () => 'x')).toBe('$A $( $(A');
});

test('clients in a pod find the API server', () => {
  expect(apiServerEnv('https://127.0.0.1:6443')).toEqual({
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: '6443',
    KUBERNETES_SERVICE_PORT_HTTPS: '6443',
  });
});
