import { describe, expect, test } from '@jest/globals';
import { formatPlan } from '@rackwright/controller';
import type { CSIDriver } from '@rackwright/kube';
import { planDeployment } from './plan.ts';
import type { Snapshot } from './snapshot.ts';
import { storedDeployment, testSettings } from './testing/fixtures.ts';
import { formerObjects } from './testing/former-objects.ts';

const deployment = storedDeployment();

function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    name: 'pmem-csi.intel.com',
    deployment,
    deployments: [deployment],
    daemonSets: [],
    controllers: [],
    others: [],
    former: { objects: [] },
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

describe('what PMEM-CSI 1.1 left', () => {
  const left = formerObjects('uid-pmem-csi.intel.com');
  const openshift = 'pmem-csi-intel-com-node-openshift-cfg';
  const former = { objects: left.filter(({ metadata }) => metadata?.name !== openshift) };
  const [driver] = left;
  const others = driver === undefined ? [] : [driver];

  test('is looked for first, by the names of what is wanted and of what there was beside', () => {
    const plan = planDeployment(snapshot({ former: undefined }), testSettings);
    expect(plan).toMatchObject({ stage: 'preparing', actions: [] });
    const names = plan.lookFor?.map(({ type, name }) => `${type.kind} ${name}`) ?? [];
    const there = former.objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
    const before11 = [
      'Service pmem-csi-intel-com-scheduler',
      'Service pmem-csi-intel-com-webhook',
      'MutatingWebhookConfiguration pmem-csi-intel-com-hook',
      'StatefulSet pmem-csi-intel-com-controller',
    ];
    expect([...names].sort()).toEqual([...there, ...before11].sort());
  });

  test('is taken over where it stands, bound anew, and roles go that nobody needs any more', () => {
    const { actions } = planDeployment(snapshot({ former, others }), testSettings);
    expect(formatPlan(actions).replaceAll(/ \(.*/g, '').split('\n')).toEqual([
      'adopt ServiceAccount pmem-csi/pmem-csi-intel-com-controller',
      'adopt ServiceAccount pmem-csi/pmem-csi-intel-com-node-setup',
      'adopt ServiceAccount pmem-csi/pmem-csi-intel-com-webhooks',
      'recreate ClusterRoleBinding pmem-csi-intel-com-csi-provisioner-role',
      'recreate ClusterRoleBinding pmem-csi-intel-com-node-setup-role',
      'recreate ClusterRoleBinding pmem-csi-intel-com-webhooks-role',
      'recreate RoleBinding pmem-csi/pmem-csi-intel-com-csi-provisioner-role-cfg',
      'adopt CSIDriver pmem-csi.intel.com',
      'adopt DaemonSet pmem-csi/pmem-csi-intel-com-node',
      'adopt DaemonSet pmem-csi/pmem-csi-intel-com-node-setup',
      'adopt Deployment pmem-csi/pmem-csi-intel-com-controller',
      'delete RoleBinding pmem-csi/pmem-csi-intel-com-webhooks-role-cfg',
      'delete Role pmem-csi/pmem-csi-intel-com-webhooks-cfg',
      'delete Role pmem-csi/pmem-csi-intel-com-external-provisioner-cfg',
      'delete ClusterRole pmem-csi-intel-com-webhooks-runner',
      'delete ClusterRole pmem-csi-intel-com-node-setup-runner',
      'delete ClusterRole pmem-csi-intel-com-external-provisioner-runner',
    ]);
  });

  test('stays with a namesake that was deleted, whose objects Kubernetes takes away', () => {
    const ofAnother = { objects: formerObjects('uid-of-another') };
    const { actions } = planDeployment(
      snapshot({ former: { objects: [] }, others: ofAnother.objects.slice(0, 1) }),
      testSettings,
    );
    expect(formatPlan(actions)).toContain('refuse CSIDriver pmem-csi.intel.com');
  });

  test('in another namespace keeps it from being rolled out, for a node has one driver of a name', () => {
    const elsewhere = { objects: [], elsewhere: 'kube-pmem' };
    const plan = planDeployment(snapshot({ former: elsewhere }), testSettings);
    expect(plan).toMatchObject({ stage: 'refused', reason: 'ObjectsElsewhere', actions: [] });
    expect(plan.message).toContain('in the namespace kube-pmem');
  });
});
