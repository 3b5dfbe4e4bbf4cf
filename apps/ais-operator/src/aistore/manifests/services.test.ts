import { expect, test } from '@jest/globals';
import { sampleCluster } from '../../testing/sample.ts';
import { effectiveSpec } from '../effective.ts';
import { headlessService, loadBalancers, pendingLoadBalancers } from './services.ts';

function outside(ports: { servicePort: number; portPublic: number }) {
  const object = sampleCluster({ enableExternalLB: true });
  const targetSpec = { ...object.spec.targetSpec, ...ports };
  const effective = effectiveSpec({ ...object.spec, targetSpec });
  return { owner: { name: 'ais', namespace: 'ais', object }, effective };
}

test('N targets have N+1 load balancers, each with the pods and ports it is for', () => {
  const { owner, effective } = outside({ servicePort: 51_081, portPublic: 51_081 });
  const found = loadBalancers(owner, effective, 2).map(({ metadata, spec }) => [metadata?.name, spec]);
  const labels = { 'app.kubernetes.io/name': 'ais', 'app.kubernetes.io/component': 'target' };
  const port = { name: 'pub', port: 51_081, targetPort: 51_081, protocol: 'TCP' };
  const podName = 'statefulset.kubernetes.io/pod-name';
  expect(found).toEqual([
    [
      'ais-proxy-lb',
      expect.objectContaining({
        type: 'LoadBalancer',
        selector: { ...labels, 'app.kubernetes.io/component': 'proxy' },
      }),
    ],
    [
      'ais-target-0',
      { type: 'LoadBalancer', selector: { ...labels, [podName]: 'ais-target-0' }, ports: [port] },
    ],
    [
      'ais-target-1',
      { type: 'LoadBalancer', selector: { ...labels, [podName]: 'ais-target-1' }, ports: [port] },
    ],
  ]);
});

test('weakness 16: where the port of a Service is another than that of its pods, both ways to them are right', () => {
  const { owner, effective } = outside({ servicePort: 80, portPublic: 51_081 });
  const ports = loadBalancers(owner, effective, 1)
    .at(-1)
    ?.spec?.ports?.map(({ port, targetPort }) => [port, targetPort]);
  // Clients are sent on to the port that AIStore knows of itself.
  expect(ports).toEqual([
    [80, 51_081],
    [51_081, 51_081],
  ]);
  const names = headlessService(owner, effective, 'target').spec?.ports?.map(({ name, port }) => [
    name,
    port,
  ]);
  expect(names).toEqual([
    ['pub', 80],
    ['control', 51_082],
    ['data', 51_083],
  ]);
});

test('load balancers without an address are told by name, whether it is an IP or a host name that others have', () => {
  const { owner, effective } = outside({ servicePort: 51_081, portPublic: 51_081 });
  const wanted = loadBalancers(owner, effective, 2);
  const [proxy, first, second] = wanted;
  const live = [
    { ...proxy, status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } },
    { ...first, status: { loadBalancer: { ingress: [{ hostname: 'a.example.com' }] } } },
    { ...second, status: { loadBalancer: { ingress: [{ ip: '' }] } } },
  ] as typeof wanted;
  expect(pendingLoadBalancers(wanted, live)).toEqual(['ais-target-1']);
  expect(pendingLoadBalancers(wanted, [])).toEqual(['ais-proxy-lb', 'ais-target-0', 'ais-target-1']);
});
