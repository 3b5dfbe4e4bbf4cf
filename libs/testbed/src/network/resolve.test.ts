import { expect, test } from '@jest/globals';
import type { EndpointSlice, Service } from '@rackwright/kube';
import { resolve, type ServiceView } from './resolve.ts';

type Endpoint = EndpointSlice['endpoints'][number];

const web: Service = {
  metadata: { namespace: 'team', name: 'web' },
  spec: {
    clusterIP: '10.96.0.7',
    ports: [
      { name: 'http', port: 80, nodePort: 30_080 },
      { name: 'admin', port: 81 },
    ],
  },
};
const db: Service = {
  metadata: { namespace: 'team', name: 'db' },
  spec: { clusterIP: 'None', ports: [{ port: 5432 }] },
};
const alias: Service = {
  metadata: { namespace: 'team', name: 'alias' },
  spec: { type: 'ExternalName', externalName: 'web.team.svc.cluster.local' },
};
const loop: Service = {
  metadata: { namespace: 'team', name: 'loop' },
  spec: { type: 'ExternalName', externalName: 'loop.team.svc.cluster.local' },
};

function slice(endpoints: readonly Endpoint[], ports: EndpointSlice['ports'] = []): EndpointSlice {
  return { addressType: 'IPv4', endpoints: [...endpoints], ports };
}

const ready = { ready: true, serving: true, terminating: false };
const starting = { ready: false, serving: false, terminating: false };
const ending = { ready: false, serving: true, terminating: true };

function view(endpoints: readonly Endpoint[], ports: EndpointSlice['ports'] = []): ServiceView {
  const services = [web, db, alias, loop];
  return {
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name),
    byAddress: (address) => services.find(({ spec }) => spec?.clusterIP === address),
    byNodePort: (port) => services.find(({ spec }) => spec?.ports?.some((one) => one.nodePort === port)),
    slices: () => [slice(endpoints, ports)],
    isNode: (address) => address === '10.244.1.1',
  };
}

const pods = view(
  [
    { addresses: ['10.244.1.2'], conditions: ready, hostname: 'db-0' },
    { addresses: ['10.244.2.2'], conditions: ready, hostname: 'db-1' },
    { addresses: ['10.244.3.2'], conditions: starting, hostname: 'db-2' },
  ],
  [
    { name: 'http', port: 8080 },
    { name: '', port: 5432 },
  ],
);
const both = ['10.244.1.2', '10.244.2.2'];

test.each([
  ['10.96.0.7', 80, 'x', both.map((host) => ({ host, port: 8080 }))],
  ['10.244.1.1', 30_080, 'x', both.map((host) => ({ host, port: 8080 }))],
  ['web', 80, 'team', both.map((host) => ({ host, port: 8080 }))],
  ['web.team', 80, 'other', both.map((host) => ({ host, port: 8080 }))],
  ['web.team.svc', 80, 'other', both.map((host) => ({ host, port: 8080 }))],
  ['web.team.svc', 80, undefined, both.map((host) => ({ host, port: 8080 }))],
  ['web.team.svc.cluster.local', 80, undefined, both.map((host) => ({ host, port: 8080 }))],
  ['alias', 80, 'team', both.map((host) => ({ host, port: 8080 }))],
  ['db', 1234, 'team', both.map((host) => ({ host, port: 1234 }))],
  ['db-1.db', 5432, 'team', [{ host: '10.244.2.2', port: 5432 }]],
  ['db-1.db.team.svc.cluster.local', 5432, 'other', [{ host: '10.244.2.2', port: 5432 }]],
  ['10.244.9.9', 99, 'x', [{ host: '10.244.9.9', port: 99 }]],
  ['10.244.1.1', 10_250, 'x', [{ host: '10.244.1.1', port: 10_250 }]],
])('%s:%i, asked for in namespace %s, is answered', (host, port, namespace, found) => {
  expect(resolve({ host, port }, namespace, pods)).toEqual(found);
});

test.each([
  ['web', 80, 'other', 'NotFound', 'no such host in web:80'],
  ['web', 80, undefined, 'NotFound', 'no such host'],
  ['db-2.db', 5432, 'team', 'NotFound', 'no pod of it is ready'],
  ['web-0.web', 80, 'team', 'NotFound', 'no such host'],
  ['loop', 80, 'team', 'NotFound', 'no such host'],
  ['example.com', 80, 'team', 'NotFound', 'no such host in example.com:80'],
  ['10.96.0.7', 82, 'x', 'NotFound', 'Service team/web has no port 82'],
  ['10.96.0.7', 81, 'x', 'Unavailable', 'nothing ready behind port 81'],
])('%s:%i, asked for in namespace %s, is refused with %s', (host, port, namespace, code, message) => {
  const asking = (): unknown => resolve({ host, port }, namespace, pods);
  expect(asking).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

test('when no pod is ready, those that end but still answer are taken', () => {
  const ports = [{ name: 'http', port: 8080 }];
  const last = view(
    [
      { addresses: ['10.244.1.2'], conditions: ending },
      { addresses: ['10.244.1.3'], conditions: starting },
    ],
    ports,
  );
  expect(resolve({ host: '10.96.0.7', port: 80 }, undefined, last)).toEqual([
    { host: '10.244.1.2', port: 8080 },
  ]);
  const none = view([{ addresses: ['10.244.1.3'], conditions: starting }], ports);
  expect(() => resolve({ host: '10.96.0.7', port: 80 }, undefined, none)).toThrow(/nothing ready/);
});
