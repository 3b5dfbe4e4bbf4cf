import { expect, test } from '@jest/globals';
import type { AidaptivCache, AidaptivCacheNodeStatus, PhisonDeviceOperator } from '@rackwright/api';
import { cacheFindings, type SeenCache } from './cache-findings.ts';

const now = Date.parse('2026-01-01T00:10:00Z');

function conditions(type: string, status: string, reason: string, observedGeneration = 1) {
  return [{ type, status, reason, message: 'because', observedGeneration }];
}

function cache(status: 'True' | 'False', reason: string, annotations = {}): AidaptivCache {
  const metadata = { name: 'default', generation: 1, annotations };
  return {
    metadata,
    status: { conditions: conditions('Ready', status, reason) },
  } as unknown as AidaptivCache;
}

function older(status: object): PhisonDeviceOperator {
  const metadata = { namespace: 'older', name: 'sample', generation: 1 };
  return { metadata, status } as unknown as PhisonDeviceOperator;
}

const node = (name: string, labels = {}) => ({
  metadata: { name, labels: { 'phison.com/ai100-present': 'true', ...labels } },
});

const report = (name: string, status: AidaptivCacheNodeStatus = {}) => ({
  metadata: { name },
  status: {
    heartbeatTime: '2026-01-01T00:09:00Z',
    devices: [{ serial: 'A', eligible: true, health: 'Healthy' as const }],
    cache: { state: 'Ready' as const, mounted: true, hostPath: '/mnt/nvme0' },
    ...status,
  },
});

const daemonSet = (available: number) => ({
  metadata: { name: 'aidaptivcache-device-plugin', namespace: 'ai100', generation: 1 },
  status: { observedGeneration: 1, desiredNumberScheduled: 1, numberAvailable: available },
});

const good: SeenCache = {
  self: { namespace: 'ai100', account: 'operator' },
  served: ['aidaptivcaches', 'aidaptivcachenodes', 'phisondeviceoperators'],
  crds: [],
  caches: [cache('True', 'Ready')],
  olders: [older({ conditions: conditions('Accepted', 'True', 'Accepted') })],
  daemonSets: [daemonSet(1)],
  nodes: [node('n1')],
  reports: [report('n1')],
  now,
};

const bad = (seen: SeenCache) => cacheFindings(seen).filter(({ ok }) => !ok);

test.each<[string, Partial<SeenCache>]>([
  ['that is ready', {}],
  ['that is not there', { caches: [], olders: [], daemonSets: [], reports: [] }],
  [
    'on a node with a degraded drive',
    { reports: [report('n1', { devices: [{ serial: 'A', eligible: true, health: 'Degraded' }] })] },
  ],
  [
    'beside a node that was taken out',
    { nodes: [node('n1'), node('n2', { 'phison.com/ai100.deploy': 'false' })] },
  ],
])('nothing is said against an AidaptivCache %s', (_, change) => {
  expect(bad({ ...good, ...change })).toEqual([]);
});

const elsewhere = { 'rackwright.io/operator': 'elsewhere/operator/uid' };
const dead = { serial: 'A', eligible: true, health: 'Unhealthy' as const, message: 'controller is dead' };

test.each<[string, Partial<SeenCache>, string, string]>([
  [
    'a kind is not served',
    { served: ['aidaptivcaches', 'aidaptivcachenodes'] },
    'phisondeviceoperators.operators.phison.com',
    'not served',
  ],
  ['a CRD is older', { crds: ['spec.a is missing'] }, 'CRDs', 'spec.a is missing'],
  [
    'it is not ready',
    { caches: [cache('False', 'UnhealthyNodes')] },
    'AidaptivCache default',
    'UnhealthyNodes: because',
  ],
  [
    "it is another installation's",
    { caches: [cache('True', 'Ready', elsewhere)] },
    'installation',
    'elsewhere/operator looks after AidaptivCaches',
  ],
  [
    'it is not made of a PhisonDeviceOperator',
    { olders: [older({ conditions: conditions('Accepted', 'False', 'OtherPhisonDeviceOperator') })] },
    'PhisonDeviceOperator older/sample',
    'OtherPhisonDeviceOperator: because',
  ],
  [
    'nobody looked at a PhisonDeviceOperator',
    { olders: [older({})] },
    'PhisonDeviceOperator older/sample',
    'not looked at it',
  ],
  [
    'a pod is missing',
    { daemonSets: [daemonSet(0)] },
    'DaemonSet aidaptivcache-device-plugin',
    '0 of 1 pods ready',
  ],
  [
    'a drive failed',
    { reports: [report('n1', { devices: [dead] })] },
    'AidaptivCacheNode n1',
    'A is Unhealthy: controller is dead',
  ],
  [
    'a cache is lost',
    { reports: [report('n1', { cache: { state: 'Lost', mounted: false } })] },
    'AidaptivCacheNode n1',
    'CacheLost: the cache is Lost',
  ],
  [
    'an agent is silent',
    { reports: [report('n1', { heartbeatTime: '2026-01-01T00:00:00Z' })] },
    'AidaptivCacheNode n1',
    'AgentSilent',
  ],
  ['a node has not reported', { reports: [] }, 'AidaptivCacheNode n1', 'NoReport'],
])('it is said when %s', (_, change, what, message) => {
  expect(bad({ ...good, ...change })).toMatchObject([{ what, message: expect.stringContaining(message) }]);
});

test('of many unhealthy nodes twenty are named', () => {
  const nodes = Array.from({ length: 30 }, (_, index) => node(`n${index}`));
  const findings = bad({ ...good, nodes, reports: [] });
  expect(findings).toHaveLength(21);
  expect(findings.at(-1)).toMatchObject({ what: 'AidaptivCacheNodes', message: 'and 10 more' });
});
