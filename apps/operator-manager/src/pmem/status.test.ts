import { describe, expect, test } from '@jest/globals';
import { type PmemCsiDeployment, type PmemCsiDeploymentStatus, readPmemCsiDeployment } from '@rackwright/api';
import type { DaemonSet, Deployment } from '@rackwright/kube';
import { nodeLocalDrivers } from './driver-kind.ts';
import { eventsOf } from './events.ts';
import { planDeployment } from './plan.ts';
import { type StatusInput, statusOf } from './status.ts';
import { storedDeployment, testSettings } from './testing/fixtures.ts';

const start = Date.parse('2026-01-01T00:00:00Z');

function daemonSet(component: string, desired: number, ready: number): DaemonSet {
  return {
    metadata: { name: component, labels: { 'app.kubernetes.io/component': component }, generation: 1 },
    status: {
      observedGeneration: 1,
      desiredNumberScheduled: desired,
      updatedNumberScheduled: desired,
      numberAvailable: ready,
    },
  };
}

function controller(readyReplicas: number, more: Deployment['status'] = {}): Deployment {
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas, ...more };
  return { metadata: { generation: 1 }, spec: { replicas: 1 } as never, status };
}

function input(more: Partial<StatusInput> = {}, status?: PmemCsiDeploymentStatus): StatusInput {
  const deployment: PmemCsiDeployment = {
    ...storedDeployment(),
    ...(status === undefined ? {} : { status }),
  };
  const neighbours = { drivers: [], nodes: [] };
  const live = { daemonSets: [], controllers: [], others: [], neighbours, former: { objects: [] } };
  const name = 'pmem-csi.intel.com';
  return {
    deployment,
    plan: planDeployment({ name, deployment, deployments: [deployment], ...live, now: start }, testSettings),
    daemonSets: [daemonSet('node', 2, 2), daemonSet('node-setup', 0, 0)],
    controller: controller(1),
    kind: nodeLocalDrivers,
    neighbours,
    failures: [],
    planFailure: undefined,
    drift: '',
    crdShortfall: undefined,
    now: start,
    ...more,
  };
}

const condition = ({ conditions = [] }: PmemCsiDeploymentStatus, type: string) =>
  conditions.find((one) => one.type === type);

describe('a deployment', () => {
  test('is Running once every pod is ready', () => {
    const { status } = statusOf(input());
    expect(status).toMatchObject({
      phase: 'Running',
      reason: 'All driver components are deployed successfully',
      driverComponents: [
        { component: 'Controller', status: 'Ready', reason: '1 of 1 pods ready' },
        { component: 'Node', status: 'Ready', reason: '2 out of 2 driver pods are ready' },
      ],
      lastUpdated: '2026-01-01T00:00:00Z',
    });
    expect(condition(status, 'DriverDeployed')).toMatchObject({ status: 'True', reason: 'Deployed' });
    expect(condition(status, 'Ready')).toMatchObject({
      status: 'True',
      lastUpdateTime: '2026-01-01T00:00:00Z',
    });
  });

  test.each<[string, Partial<StatusInput>]>([
    ['pods on nodes are missing', { daemonSets: [daemonSet('node', 2, 1)] }],
    ['the controller is not there', { controller: controller(0) }],
    ['nobody has looked at the workloads yet', { daemonSets: [], controller: undefined }],
  ])('is Initializing while %s', (_, more) => {
    const { status } = statusOf(input(more));
    expect(status.phase).toBe('Initializing');
    expect(condition(status, 'DriverDeployed')?.status).toBe('True');
    expect(condition(status, 'Ready')?.status).toBe('False');
  });

  test('is Failed with the reason while something is refused, and recovers', () => {
    const planFailure = { message: 'CSIDriver x is not ours', terminal: false };
    const failed = statusOf(input({ planFailure })).status;
    expect(failed).toMatchObject({ phase: 'Failed', reason: 'CSIDriver x is not ours' });
    expect(condition(failed, 'DriverDeployed')).toMatchObject({
      status: 'False',
      message: 'CSIDriver x is not ours',
    });
    const recovered = statusOf(input({}, failed)).status;
    expect(recovered.phase).toBe('Running');
    expect(condition(recovered, 'DriverDeployed')?.status).toBe('True');
  });

  test('is Failed when Kubernetes gave up waiting for its controller', () => {
    const conditions = [{ type: 'Progressing', status: 'False' as const }];
    const { status } = statusOf(input({ controller: controller(0, { conditions }) }));
    expect(status.phase).toBe('Failed');
  });

  test('that no node can have has no node driver', () => {
    const { status } = statusOf(
      input({ daemonSets: [daemonSet('node', 0, 0), daemonSet('node-setup', 0, 0)] }),
    );
    expect(status.driverComponents?.[1]).toMatchObject({
      status: 'NotReady',
      reason: 'no node matches the node selector',
    });
  });

  test('has the same status as long as nothing changes, whatever the time', () => {
    const { status } = statusOf(input());
    expect(statusOf(input({ now: start + 86_400_000 }, status)).status).toEqual(status);
  });

  test('keeps what an older operator said until it is known better', () => {
    const older: PmemCsiDeploymentStatus = {
      phase: 'Running',
      conditions: [{ type: 'DriverDeployed', status: 'True', lastUpdateTime: '2020-01-01T00:00:00Z' }],
    };
    const deployed = condition(statusOf(input({}, older)).status, 'DriverDeployed');
    expect(deployed?.lastTransitionTime).toBe('2020-01-01T00:00:00Z');
  });
});

describe('a deployment whose nodes another has too', () => {
  const rival = readPmemCsiDeployment(storedDeployment({}, 'b.example.com'));
  const nodes = [{ metadata: { name: 'node-1', labels: { storage: 'pmem' } } }];
  const shared = statusOf(input({ neighbours: { drivers: [rival], nodes } })).status;

  test('says so as long as it is so, and runs', () => {
    expect(shared.phase).toBe('Running');
    expect(condition(shared, 'ConflictFree')).toMatchObject({ status: 'False', reason: 'NodesShared' });
    const alone = statusOf(input({ now: start + 60_000 }, shared)).status;
    expect(condition(alone, 'ConflictFree')).toMatchObject({
      ...{ status: 'True', reason: 'NoConflict', lastTransitionTime: '2026-01-01T00:01:00Z' },
    });
  });

  test('has an event of it, once', () => {
    const conflicts = (before: PmemCsiDeploymentStatus | undefined) =>
      eventsOf(before, shared).filter(({ reason }) => reason === 'Conflict');
    expect(conflicts(undefined)).toMatchObject([
      { type: 'Warning', message: 'PmemCSIDeployment b.example.com uses persistent memory of node-1 too' },
    ]);
    expect(conflicts(shared)).toEqual([]);
  });
});

describe('events', () => {
  const running = statusOf(input()).status;
  const failed = statusOf(input({ planFailure: { message: 'no', terminal: false } })).status;
  const reasons = (before: PmemCsiDeploymentStatus | undefined, after: PmemCsiDeploymentStatus): string[] =>
    eventsOf(before, after).map(({ type, reason }) => `${type} ${reason}`);

  test('tell of what is new, once', () => {
    expect(reasons(undefined, running)).toEqual(['Normal NewDeployment', 'Normal Running']);
    expect(reasons(running, running)).toEqual([]);
    expect(reasons(running, failed)).toEqual(['Warning Failed']);
    expect(reasons(failed, failed)).toEqual([]);
    expect(reasons(failed, running)).toEqual(['Normal Running']);
  });
});
