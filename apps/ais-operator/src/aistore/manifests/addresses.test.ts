import { expect, test } from '@jest/globals';
import { parseAIStore } from '@rackwright/api';
import { sampleCluster } from '../../testing/sample.ts';
import { type EffectiveSpec, effectiveSpec } from '../effective.ts';
import type { Owner, Role } from '../identity.ts';
import { globalConfigMap } from './config-maps.ts';
import { podTemplate } from './pod-template.ts';
import { headlessService, loadBalancers } from './services.ts';

type Spec = Record<string, unknown>;

const ports = { servicePort: 80, portPublic: 51_081, portIntraControl: 51_082, portIntraData: 51_083 };
const mounts = [{ path: '/ais', size: '1Gi' }];
const balancing = { annotations: { 'example.org/pool': 'a' } };

function clusterWith(spec: Spec): { owner: Owner; effective: EffectiveSpec } {
  const parsed = parseAIStore(sampleCluster(spec));
  if (!parsed.ok) throw parsed.error;
  const owner = { name: 'ais', namespace: 'ais', object: parsed.value };
  return { owner, effective: effectiveSpec(parsed.value.spec) };
}

function templateOf(role: Role, spec: Spec) {
  const input = { ...clusterWith(spec), role, domain: 'cluster.local', restartHash: 'h', targets: 1 };
  return podTemplate(input);
}

/** A variable of the init container: its value, or the field that it comes from. */
function variable(role: Role, spec: Spec, name: string): string | undefined {
  const env = templateOf(role, spec).spec?.initContainers?.[0]?.env;
  const found = env?.find((one) => one.name === name);
  return found?.value ?? found?.valueFrom?.fieldRef?.fieldPath;
}

/** A port for clients, and the one that AIStore sends them on to. */
function publicPorts(listens: number): object[] {
  const targets = { targetPort: listens, protocol: 'TCP' };
  return [
    { name: 'pub', port: 80, ...targets },
    { name: 'listens', port: listens, ...targets },
  ];
}

test('load balancers have the ports, selectors and annotations of their role', () => {
  const { owner, effective } = clusterWith({
    proxySpec: { ...ports, portPublic: 51_080, externalAccess: balancing },
    targetSpec: { ...ports, mounts, externalAccess: {} },
  });
  const selector = { 'app.kubernetes.io/name': 'ais', 'app.kubernetes.io/component': 'target' };
  const balancers = loadBalancers(owner, effective, 2);
  expect(
    balancers.map(({ metadata, spec }) => ({
      name: metadata?.name,
      part: metadata?.labels?.['app.kubernetes.io/component'],
      annotations: metadata?.annotations,
      spec,
    })),
  ).toEqual([
    {
      ...{ name: 'ais-proxy-lb', part: 'proxy-lb' },
      annotations: { 'prometheus.io/scrape': 'true', 'example.org/pool': 'a' },
      spec: {
        type: 'LoadBalancer',
        selector: { ...selector, 'app.kubernetes.io/component': 'proxy' },
        ports: publicPorts(51_080),
      },
    },
    ...[0, 1].map((i) => ({
      ...{ name: `ais-target-${i}`, part: 'target-lb', annotations: { 'prometheus.io/scrape': 'true' } },
      spec: {
        type: 'LoadBalancer',
        selector: { ...selector, 'statefulset.kubernetes.io/pod-name': `ais-target-${i}` },
        ports: publicPorts(51_081),
      },
    })),
  ]);
});

test('weakness 16: servicePort leads to portPublic, and so does hostPort', () => {
  const spec = { targetSpec: { ...ports, mounts, hostPort: 8081 } };
  const { owner, effective } = clusterWith(spec);
  expect(headlessService(owner, effective, 'target').spec?.ports?.[0]).toEqual({
    ...{ name: 'pub', port: 80, targetPort: 51_081, protocol: 'TCP' },
  });
  expect(templateOf('target', spec).spec?.containers[0]?.ports).toEqual([
    { name: 'http', containerPort: 51_081, hostPort: 8081 },
  ]);
});

test.each<[string, object, string | undefined, string | undefined]>([
  ['nothing without hostPort', {}, undefined, undefined],
  ['the address of its node with hostPort', { hostPort: 8081 }, undefined, 'status.hostIP'],
  ['the address of its node in mode IP', { hostPort: 8081 }, 'IP', 'status.hostIP'],
  ['the name of its node in mode Node', { hostPort: 8081 }, 'Node', 'spec.nodeName'],
  ['no address of the node beside a load balancer', { hostPort: 8081, externalAccess: {} }, 'IP', undefined],
])('a target is told %s', (_, own, publicNetDNSMode, field) => {
  const spec = { targetSpec: { ...ports, mounts, ...own }, ...(publicNetDNSMode && { publicNetDNSMode }) };
  expect(variable('target', spec, 'AIS_PUBLIC_HOSTNAME')).toBe(field);
  expect(variable('target', spec, 'AIS_PUBLIC_DNS_MODE')).toBe(publicNetDNSMode ?? 'IP');
});

test('targets in the network of their nodes look names up in the cluster; proxies never are there', () => {
  const spec = { targetSpec: { ...ports, mounts, hostNetwork: true } };
  const { hostNetwork, dnsPolicy } = templateOf('target', spec).spec ?? {};
  expect({ hostNetwork, dnsPolicy }).toEqual({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
  expect(variable('target', spec, 'HOST_NETWORK')).toBe('true');
  expect(templateOf('proxy', spec).spec).toMatchObject({ dnsPolicy: 'ClusterFirst' });
  expect(templateOf('proxy', spec).spec).not.toHaveProperty('hostNetwork');
});

test('networkAttachment is an annotation of the pods', () => {
  expect(templateOf('proxy', { networkAttachment: 'fast' }).metadata?.annotations).toMatchObject({
    'k8s.v1.cni.cncf.io/networks': 'fast',
  });
});

test('hostnameMap is a file that the init container is told of', () => {
  const spec = { hostnameMap: { 'node-1': '10.0.0.1,10.1.0.1' } };
  const { owner, effective } = clusterWith(spec);
  const { data } = globalConfigMap(owner, effective, {});
  expect(JSON.parse(data?.['hostname_map.json'] ?? '')).toEqual(spec.hostnameMap);
  const path = '-hostname_map_file=/var/global_config/hostname_map.json';
  expect(templateOf('target', spec).spec?.initContainers?.[0]?.args).toContain(path);
  expect(templateOf('target', {}).spec?.initContainers?.[0]?.args).not.toContain(path);
});
