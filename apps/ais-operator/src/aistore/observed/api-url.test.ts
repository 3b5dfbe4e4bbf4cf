import { expect, test } from '@jest/globals';
import { kubernetes } from '@rackwright/keys';
import type { Pod, Service } from '@rackwright/kube';
import { sampleCluster } from '../../testing/sample.ts';
import { apiUrl } from './api-url.ts';

const settings = { clusterDomain: 'cluster.local' };
const ports = { servicePort: 80, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 };

function balancer(...ingress: { ip?: string; hostname?: string }[]): Service {
  return { metadata: { name: 'ais-proxy-lb' }, status: { loadBalancer: { ingress } } } as Service;
}

function proxy(hostIP: string, ready: string, component = 'proxy'): Pod {
  return {
    metadata: { name: 'p', labels: { [kubernetes.label.component]: component } },
    status: { hostIP, conditions: [{ type: 'Ready', status: ready }] },
  } as Pod;
}

function urlOf(spec: object, around: { services?: Service[]; pods?: Pod[] } = {}): string | undefined {
  const cluster = sampleCluster({ proxySpec: ports, ...spec });
  return apiUrl({ cluster, services: [], pods: [], ...around }, settings);
}

const external = { proxySpec: { ...ports, externalAccess: {} } };
const inside = 'http://ais-proxy.ais.svc.cluster.local:51080';

test('weakness 16: a cluster whose servicePort is not portPublic is asked where its proxies listen', () => {
  expect(urlOf({})).toBe(inside);
});

test.each<[string, Service[], string]>([
  ['its address', [balancer({ ip: '10.250.0.1' })], 'http://10.250.0.1:80'],
  ['its IPv6 address', [balancer({ ip: 'fd00::1' })], 'http://[fd00::1]:80'],
  ['its name', [balancer({ hostname: 'ais.example.org' })], 'http://ais.example.org:80'],
  ['the Service inside while it has none', [balancer()], inside],
  ['the Service inside while there is none', [], inside],
])('a cluster with a load balancer of its proxies is asked at %s', (_, services, url) => {
  expect(urlOf(external, { services })).toBe(url);
});

test('a load balancer that is switched off is not asked', () => {
  expect(urlOf({}, { services: [balancer({ ip: '10.250.0.1' })] })).toBe(inside);
});

test('apiMode public asks on the node of a proxy that is ready, and nowhere while none is', () => {
  const spec = { ...external, apiMode: 'public' };
  const pods = [proxy('10.0.0.1', 'False'), proxy('10.0.0.2', 'True'), proxy('10.0.0.0', 'True', 'target')];
  expect(urlOf(spec, { pods })).toBe('http://10.0.0.2:51080');
  expect(urlOf(spec, { pods: pods.slice(0, 1) })).toBeUndefined();
});

test('a cluster with https is asked inside, as its certificate need not name its load balancer', () => {
  const configToUpdate = { net: { http: { use_https: true } } };
  const services = [balancer({ ip: '10.250.0.1' })];
  expect(urlOf({ ...external, configToUpdate }, { services })).toBe(inside.replace('http:', 'https:'));
});
