import { expect, test } from '@jest/globals';
import type { Node, Service } from '@rackwright/kube';
import { sampleCluster } from '../../testing/sample.ts';
import { effectiveSpec } from '../effective.ts';
import { type CertificateInput, certificateOf } from './certificate.ts';
import { podTemplate } from './pod-template.ts';

const certificate = { issuerRef: { name: 'ca', kind: 'Issuer' }, mode: 'secret' };

const ofServices = [
  ...['*.ais-proxy.ais.svc.cluster.local', '*.ais-target.ais.svc.cluster.local'],
  ...['ais-proxy', 'ais-proxy.ais', 'ais-proxy.ais.svc.cluster.local'],
  ...['ais-target', 'ais-target.ais', 'ais-target.ais.svc.cluster.local'],
];

function node(name: string, addresses: readonly { type: string; address: string }[]): Node {
  return { metadata: { name }, status: { addresses: [...addresses] } } as Node;
}

const nodes = [
  node('b', [
    { type: 'ExternalIP', address: '1.2.3.4' },
    { type: 'InternalIP', address: '10.0.0.2' },
  ]),
  node('a', [{ type: 'ExternalIP', address: '1.2.3.5' }]),
];

const balancer: Service = {
  metadata: { name: 'ais-proxy-lb' },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'ais.example.com' }] } },
} as Service;

function specOf(change: Record<string, unknown>, tls: object = certificate): Record<string, unknown> {
  const cluster = sampleCluster({ tls: { certificate: tls }, ...change });
  const input: CertificateInput = {
    owner: { name: 'ais', namespace: 'ais', object: cluster },
    effective: effectiveSpec(cluster.spec),
    ...{ domain: 'cluster.local', nodes, services: [balancer] },
  };
  const [made] = certificateOf(input) as { spec?: Record<string, unknown> }[];
  return made?.spec ?? {};
}

test('a certificate is for what nodes and clients of a cluster use it for, with all of its names', () => {
  expect(specOf({})).toEqual({
    secretName: 'ais-tls',
    issuerRef: { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' },
    dnsNames: ofServices,
    ipAddresses: ['1.2.3.5', '10.0.0.2'],
    usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
  });
});

test.each([
  ['IP', [], ['1.2.3.5', '10.0.0.2', '192.0.2.1'], ['ais.example.com']],
  ['Node', ['a', 'b'], ['192.0.2.1'], ['ais.example.com']],
  ['Pod', [], undefined, []],
])('with public names by %s it names nodes and load balancers as that says', (mode, byNode, ips, hosts) => {
  const { dnsNames, ipAddresses } = specOf({ publicNetDNSMode: mode, enableExternalLB: true });
  expect(dnsNames).toEqual([...ofServices, ...byNode, ...hosts].sort());
  expect(ipAddresses).toEqual(ips);
});

test('names that a user adds are in it, each once and in order', () => {
  const own = { ...certificate, additionalDNSNames: ['z.example.com', 'ais-proxy'], duration: '2160h' };
  const made = specOf({ hostnameMap: { a: 'm.example.com, n.example.com' } }, own);
  expect(made).toMatchObject({
    dnsNames: [...ofServices, 'm.example.com', 'n.example.com', 'z.example.com'],
    duration: '2160h',
  });
  expect(made).not.toHaveProperty('renewBefore');
});

test('the CSI driver is asked for the same names but those of nodes and load balancers, which come and go', () => {
  const csi = { ...certificate, mode: 'csi', renewBefore: '360h' };
  const cluster = sampleCluster({ tls: { certificate: csi }, enableExternalLB: true });
  const template = podTemplate({
    owner: { name: 'ais', namespace: 'ais', object: cluster },
    effective: effectiveSpec(cluster.spec),
    ...{ role: 'target', domain: 'cluster.local', restartHash: '', targets: 3 },
  });
  expect(template.spec?.volumes?.find(({ name }) => name === 'tls-certs')).toEqual({
    name: 'tls-certs',
    csi: {
      ...{ driver: 'csi.cert-manager.io', readOnly: true },
      volumeAttributes: {
        'csi.cert-manager.io/issuer-name': 'ca',
        'csi.cert-manager.io/issuer-kind': 'Issuer',
        'csi.cert-manager.io/common-name': 'ais-target.ais',
        'csi.cert-manager.io/dns-names': ofServices.join(','),
        'csi.cert-manager.io/key-usages': 'digital signature,key encipherment,server auth,client auth',
        'csi.cert-manager.io/renew-before': '360h',
      },
    },
  });
  expect(specOf({}, csi)).toEqual({});
});
