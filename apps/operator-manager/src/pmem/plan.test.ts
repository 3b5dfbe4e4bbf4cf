import { describe, expect, test } from '@jest/globals';
import { formatPlan } from '@rackwright/controller';
import type { CSIDriver } from '@rackwright/kube';
import { planDeployment } from './plan.ts';
import type { Snapshot } from './snapshot.ts';
import { storedDeployment, testSettings } from './testing/fixtures.ts';

const deployment = storedDeployment();

function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    name: 'pmem-csi.intel.com',
    deployment,
    deployments: [deployment],
    daemonSets: [],
    controllers: [],
    others: [],
    neighbours: { drivers: [], nodes: [] },
    now: 0,
    ...more,
  };
}

describe('a new deployment', () => {
  test('gets accounts, bindings and the driver before what runs', () => {
    const { stage, actions } = planDeployment(snapshot(), testSettings);
    expect(stage).toBe('active');
    expect(formatPlan(actions).split('\n')).toEqual([
      'create ServiceAccount pmem-csi/pmem-csi-intel-com-controller (missing)',
      'create ServiceAccount pmem-csi/pmem-csi-intel-com-node-setup (missing)',
      'create ServiceAccount pmem-csi/pmem-csi-intel-com-webhooks (missing)',
      'create ClusterRoleBinding pmem-csi-intel-com-csi-provisioner-role (missing)',
      'create ClusterRoleBinding pmem-csi-intel-com-node-setup-role (missing)',
      'create ClusterRoleBinding pmem-csi-intel-com-webhooks-role (missing)',
      'create RoleBinding pmem-csi/pmem-csi-intel-com-csi-provisioner-role-cfg (missing)',
      'create CSIDriver pmem-csi.intel.com (missing)',
      'create DaemonSet pmem-csi/pmem-csi-intel-com-node (missing)',
      'create DaemonSet pmem-csi/pmem-csi-intel-com-node-setup (missing)',
      'create Deployment pmem-csi/pmem-csi-intel-com-controller (missing)',
    ]);
  });

  test('leaves a CSIDriver of somebody else that has its name as it is', () => {
    const driver: CSIDriver = {
      ...{ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver' },
      metadata: { name: 'pmem-csi.intel.com', uid: 'u' },
    };
    const { actions } = planDeployment(snapshot({ others: [driver] }), testSettings);
    expect(formatPlan(actions.filter(({ object }) => object.kind === 'CSIDriver'))).toBe(
      'refuse CSIDriver pmem-csi.intel.com (not ours: it carries no mark of ours)',
    );
  });

  test('whose objects would have the names of those of an older one is refused until that one is gone', () => {
    const younger = {
      ...storedDeployment({}, 'pmem-csi-intel.com'),
      metadata: { name: 'pmem-csi-intel.com', uid: 'y', creationTimestamp: '2026-01-02T00:00:00Z' },
    };
    const both = { name: 'pmem-csi-intel.com', deployment: younger, deployments: [younger, deployment] };
    const refused = planDeployment(snapshot(both), testSettings);
    expect(refused).toMatchObject({ stage: 'refused', reason: 'NameTaken', actions: [] });
    expect(refused.message).toContain('already taken by PmemCSIDeployment pmem-csi.intel.com');
    expect(planDeployment(snapshot({ deployments: both.deployments }), testSettings).stage).toBe('active');
    const alone = { ...both, deployments: [younger] };
    expect(planDeployment(snapshot(alone), testSettings).stage).toBe('active');
  });
});

test('what cannot be read is refused, and what runs stays', () => {
  const broken = { ...deployment, spec: { deviceMode: 'tape' as 'lvm' } };
  expect(planDeployment(snapshot({ deployment: broken }), testSettings)).toMatchObject({
    ...{ stage: 'refused', reason: 'InvalidSpec', actions: [] },
    message: expect.stringContaining('spec.deviceMode'),
  });
});

test('of one that is deleted nothing is touched, for Kubernetes takes away what it owns', () => {
  const metadata = { ...deployment.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  const plan = planDeployment(snapshot({ deployment: { ...deployment, metadata } }), testSettings);
  expect(plan).toMatchObject({ stage: 'deleting', actions: [] });
});
