import { describe, expect, test } from '@jest/globals';
import type { CSIDriver } from '@rackwright/kube';
import { olderDeployment, testSettings } from '../testing/fixtures.ts';
import { planOlder } from './plan.ts';
import type { OlderSnapshot } from './snapshot.ts';

const deployment = olderDeployment();

function snapshot(more: Partial<OlderSnapshot> = {}): OlderSnapshot {
  return {
    ...{ name: 'pmem-deployment', deployment, deployments: [deployment], now: 0 },
    ...{ daemonSets: [], controllers: [], others: [], csiDriver: undefined },
    former: { objects: [] },
    neighbours: { drivers: [], nodes: [] },
    ...{ certificates: [], given: [], handshake: undefined },
    ...more,
  };
}

const refusal = { stage: 'refused', actions: [] } as const;

function csiDriver(labels: Record<string, string>, owner?: string): CSIDriver {
  const reference = { apiVersion: 'pmem-csi.intel.com/v1beta1', kind: 'PmemCSIDeployment', uid: 'u' };
  const ownerReferences = owner === undefined ? [] : [{ ...reference, name: owner, controller: true }];
  return {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver' },
    metadata: { name: 'pmem-csi.intel.com', labels, ownerReferences },
  };
}

test('certificates come first, and until they are there nothing is touched', () => {
  expect(planOlder(snapshot(), testSettings)).toMatchObject({ stage: 'preparing', actions: [] });
});

describe('a driver name that is taken is refused, and nothing is touched', () => {
  test('by a PmemCSIDeployment', () => {
    const plan = planOlder(snapshot({ csiDriver: csiDriver({}, 'pmem-csi.intel.com') }), testSettings);
    expect(plan).toMatchObject({ ...refusal, reason: 'NameTaken' });
    expect(plan.message).toContain('already taken by PmemCSIDeployment pmem-csi.intel.com');
  });

  test('by a CSIDriver that nobody says is his', () => {
    const plan = planOlder(snapshot({ csiDriver: csiDriver({ a: 'b' }) }), testSettings);
    expect(plan.message).toContain('already taken by a CSIDriver of somebody else');
  });

  test('by the one that has the CSIDriver, though the other is older', () => {
    const labels = {
      'app.kubernetes.io/managed-by': 'pmem-csi-operator-v1alpha1',
      'app.kubernetes.io/instance': 'second',
    };
    const second = olderDeployment({}, 'second');
    const both = { deployments: [deployment, second], csiDriver: csiDriver(labels) };
    expect(planOlder(snapshot(both), testSettings).message).toContain('already taken by Deployment second');
    const own = { ...both, name: 'second', deployment: second };
    expect(planOlder(snapshot(own), testSettings).stage).toBe('preparing');
  });
});

test('what cannot be read is refused, and what runs stays', () => {
  const broken = olderDeployment({ deviceMode: 'tape' as 'lvm' });
  const plan = planOlder(snapshot({ deployment: broken }), testSettings);
  expect(plan).toMatchObject({ ...refusal, reason: 'InvalidSpec' });
  expect(plan.message).toContain('spec.deviceMode');
});

test('a CSIDriver that the first operator made for it is no conflict, and that of a namesake that was deleted is', () => {
  const { uid = '' } = deployment.metadata ?? {};
  const owned = (by: string) => {
    const driver = csiDriver({}, 'pmem-deployment');
    const ownerReferences = driver.metadata?.ownerReferences?.map((owner) => ({ ...owner, uid: by })) ?? [];
    return { ...driver, metadata: { ...driver.metadata, ownerReferences } };
  };
  expect(planOlder(snapshot({ csiDriver: owned(uid) }), testSettings)).toMatchObject({ stage: 'preparing' });
  expect(planOlder(snapshot({ csiDriver: owned('of-another') }), testSettings)).toMatchObject(refusal);
});

test('its objects are looked for before certificates are made, with the roles the first operator had', () => {
  const plan = planOlder(snapshot({ former: undefined }), testSettings);
  const names = plan.lookFor?.map(({ type, name }) => `${type.kind} ${name}`);
  expect(names).toEqual(
    expect.arrayContaining([
      ...['StatefulSet pmem-deployment-controller', 'DaemonSet pmem-deployment-node'],
      ...['Secret pmem-deployment-pmem-registry', 'Role pmem-deployment', 'ClusterRole pmem-deployment'],
    ]),
  );
});

test('certificates that cannot be used are told by a condition', () => {
  const keyless = olderDeployment({ caCert: 'YQ==' });
  const plan = planOlder(snapshot({ deployment: keyless }), testSettings);
  expect(plan).toMatchObject({ ...refusal, reason: 'CertificatesRefused' });
  expect(plan.states).toMatchObject([{ type: 'CertsVerified', state: 'failed' }]);
});

test('of one that is deleted nothing is touched, for Kubernetes takes away what it owns', () => {
  const metadata = { ...deployment.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  const plan = planOlder(snapshot({ deployment: { ...deployment, metadata } }), testSettings);
  expect(plan).toMatchObject({ stage: 'deleting', actions: [] });
});
