import { describe, expect, test } from '@jest/globals';
import type { CxiDriver, CxiDriverStatus } from '@rackwright/api';
import type { DaemonSet, Node } from '@rackwright/kube';
import type { AgentFailure, PlanFailure } from '@rackwright/manager';
import fc from 'fast-check';
import { storedDriver, testSettings } from '../testing/fixtures.ts';
import { World } from '../testing/world.ts';
import { type Component, components } from './component.ts';
import { wantedAgents } from './manifests/index.ts';
import type { Plan } from './plan.ts';
import { type StatusInput, statusOf } from './status.ts';

const now = Date.UTC(2026, 0, 1, 12);
const minute = 60_000;

function daemonSet(component: Component, desired: number, available: number, updated = desired): DaemonSet {
  return {
    metadata: {
      name: `cxi-${component}`,
      generation: 1,
      labels: { 'app.kubernetes.io/component': component },
    },
    status: {
      observedGeneration: 1,
      desiredNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberAvailable: available,
    },
  };
}

const all = (desired: number, available: number): DaemonSet[] =>
  components.map((component) => daemonSet(component, desired, available));

const active: Plan = {
  stage: 'active',
  reason: '',
  message: '',
  driver: storedDriver(),
  orphan: [],
  remove: [],
  actions: [],
  wanted: [],
};

/** What an active driver asks for. */
function wantedOf(driver: CxiDriver): Component[] {
  return wantedAgents(driver, testSettings).map(({ component }) => component);
}

interface Case {
  readonly plan?: Partial<Plan>;
  readonly daemonSets?: readonly DaemonSet[];
  readonly failures?: readonly AgentFailure<Component>[];
  readonly rebootNodes?: readonly Node[];
  readonly planFailure?: PlanFailure<Component>;
  readonly drift?: string;
  readonly crdShortfall?: string;
  readonly skipped?: number;
  readonly previous?: CxiDriverStatus;
}

function statusFor(
  {
    plan = {},
    daemonSets = [],
    failures = [],
    rebootNodes = [],
    planFailure,
    crdShortfall,
    drift = '',
    skipped = 0,
    previous,
  }: Case,
  at = now,
) {
  const { status: _, ...stored } = storedDriver();
  const object = previous === undefined ? stored : { ...stored, status: previous };
  const input: StatusInput = {
    object,
    plan: { ...active, wanted: wantedOf(plan?.driver ?? storedDriver()), ...plan },
    daemonSets,
    ...{ failures, rebootNodes },
    ...{ planFailure, drift, crdShortfall, skipped },
    now: at,
  };
  return statusOf(input);
}

/** The conditions as `type=status/reason`, for a table that can be read. */
function told(status: CxiDriverStatus): Record<string, string> {
  return Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value}/${reason}`]),
  );
}

/** The status `ago` milliseconds before now, with these DaemonSets. */
function earlier(ago: number, daemonSets: readonly DaemonSet[]): CxiDriverStatus {
  return statusFor({ daemonSets }, now - ago).status;
}

describe('the conditions', () => {
  test.each<[string, Case, Record<string, string>]>([
    [
      'of a driver whose pods are all ready',
      { daemonSets: all(3, 3) },
      {
        Ready: 'True/Ready',
        Reconciling: 'False/Reconciled',
        Stalled: 'False/NotStalled',
        Available: 'True/Ready',
        Progressing: 'False/Deployed',
        Degraded: 'False/Healthy',
        DriverAgentReady: 'True/Ready',
        RetryHandlerReady: 'True/Ready',
      },
    ],
    [
      'of one for which there is no node',
      { daemonSets: all(0, 0) },
      {
        Ready: 'True/Ready',
        Available: 'True/Ready',
        Degraded: 'False/Healthy',
        DevicePluginReady: 'True/Ready',
      },
    ],
    [
      'of one whose pods start',
      { daemonSets: all(3, 1) },
      {
        Ready: 'False/WaitingForPods',
        Reconciling: 'True/Progressing',
        Available: 'False/WaitingForPods',
        Progressing: 'True/Reconciling',
        Degraded: 'False/Healthy',
        DriverAgentReady: 'False/RollingOut',
      },
    ],
    [
      'of one of which nothing exists yet',
      {},
      { Ready: 'False/WaitingForPods', Available: 'False/WaitingForPods', Degraded: 'False/Healthy' },
    ],
    [
      'of one on which some nodes fail',
      { daemonSets: all(3, 2), previous: earlier(6 * minute, all(3, 2)) },
      {
        Ready: 'False/NodesFailed',
        Degraded: 'True/NodesFailed',
        Available: 'False/NodesFailed',
        DriverAgentReady: 'False/Failed',
      },
    ],
    [
      'of one whose device plugins fail',
      {
        daemonSets: [daemonSet('driver-agent', 1, 1), daemonSet('device-plugin', 1, 0)],
        plan: {
          driver: storedDriver({ retryHandler: { enabled: false }, metricsExporter: { enabled: false } }),
        },
        previous: earlier(6 * minute, [daemonSet('driver-agent', 1, 1), daemonSet('device-plugin', 1, 0)]),
      },
      {
        Degraded: 'True/DevicePluginFailed',
        DriverAgentReady: 'True/Ready',
        DevicePluginReady: 'False/Failed',
      },
    ],
    [
      'of one that stands back',
      { plan: { stage: 'ignored', reason: 'AnotherCXIDriverActive', message: 'CXIDriver a is older' } },
      {
        Ready: 'False/AnotherCXIDriverActive',
        Stalled: 'True/AnotherCXIDriverActive',
        Degraded: 'True/AnotherCXIDriverActive',
        Available: 'False/Ignored',
      },
    ],
    [
      'of one that is refused while its agents go on',
      {
        plan: { stage: 'refused', reason: 'SourceUnsupported', message: 'use preinstalled' },
        daemonSets: all(2, 2),
      },
      {
        Ready: 'False/SourceUnsupported',
        Stalled: 'True/SourceUnsupported',
        Available: 'True/Ready',
        DriverAgentReady: 'True/Ready',
      },
    ],
    [
      'of one that waits for another to go',
      { plan: { stage: 'waiting', reason: 'WaitingForCleanup', message: 'waiting' } },
      { Ready: 'False/WaitingForCleanup', Reconciling: 'True/Progressing', Degraded: 'False/Healthy' },
    ],
    [
      'of one the API server refuses for good',
      {
        planFailure: { message: 'bad limits', terminal: true, component: 'device-plugin' },
        daemonSets: all(1, 1),
      },
      {
        Ready: 'False/InvalidSpec',
        Stalled: 'True/InvalidSpec',
        DevicePluginReady: 'False/Failed',
        DriverAgentReady: 'True/Ready',
      },
    ],
    [
      'of one the API server refuses for now',
      { planFailure: { message: 'try later', terminal: false }, daemonSets: all(1, 1) },
      {
        Ready: 'False/Failed',
        Reconciling: 'True/Retrying',
        Stalled: 'False/NotStalled',
        Degraded: 'True/Failed',
      },
    ],
  ])('%s', (_, input, expected) => expect(told(statusFor(input).status)).toMatchObject(expected));

  test('leave out components that are switched off', () => {
    const driver = storedDriver({ devicePlugin: { enabled: false }, retryHandler: { mode: 'none' } });
    const { status } = statusFor({ plan: { driver }, daemonSets: all(1, 1) });
    expect(Object.keys(told(status)).filter((type) => type.endsWith('Ready'))).toEqual([
      'Ready',
      'DriverAgentReady',
      'MetricsExporterReady',
    ]);
    expect(status.retryHandlerMode).toBe('none');
  });
});

const badImage: AgentFailure<Component> = {
  ...{ component: 'driver-agent', node: 'n3', pod: 'cxi-driver-agent-x', nodes: 1, definite: true },
  ...{ cause: 'ImagePullBackOff of registry/x:1: not found', remedy: 'check the name' },
};
const missingOn = (component: Component, nodes: readonly string[]): AgentFailure<Component>[] =>
  nodes.map((node) => ({ ...badImage, component, node, pod: `${component}-${node}` }));

test('a pod that cannot run is named with its node, cause and remedy, and its node counts as failed at once', () => {
  const { status } = statusFor({ daemonSets: all(3, 2), failures: [badImage] });
  const [ready] = status.conditions ?? [];
  expect(ready).toMatchObject({ type: 'Ready', status: 'False', reason: 'NodesFailed' });
  expect(ready?.message).toBe(
    'DriverAgentReady: 2 of 3 pods ready; driver-agent on node n3 (pod cxi-driver-agent-x): ImagePullBackOff of registry/x:1: not found; check the name',
  );
  expect(status).toMatchObject({ nodes: 3, ready: 2, updating: 0, failed: 1 });
});

test('pods refused before they exist count as failed nodes although nobody knows which', () => {
  const { node: _, pod: __, ...refused } = { ...badImage, nodes: 3, cause: 'pod refused: no PriorityClass' };
  const { status } = statusFor({ daemonSets: all(3, 0), failures: [refused] });
  expect(status).toMatchObject({ nodes: 3, ready: 0, updating: 0, failed: 3 });
  expect(status.conditions?.[0]?.message).toContain('driver-agent on 3 nodes: pod refused: no PriorityClass');
});

test('what was found about a pod is forgotten once its component is ready', () => {
  const { status } = statusFor({ daemonSets: all(3, 3), failures: [badImage] });
  expect(status).toMatchObject({ ready: 3, failed: 0 });
  expect(told(status)).toMatchObject({ Ready: 'True/Ready' });
});

describe('a node that must be rebooted', () => {
  const rebooting = (name: string, labels: Record<string, string> = {}): Node => ({
    metadata: { name, labels },
    status: {
      conditions: [
        {
          type: 'SlingshotRebootRequired',
          status: 'True',
          message: 'a retry handler died under load: cxi0, cxi1',
        },
      ],
    },
  });
  const deadHandlers = [
    ...all(3, 3).filter(({ metadata }) => metadata?.name !== 'cxi-retry-handler'),
    daemonSet('retry-handler', 3, 2),
  ];

  test('counts as failed, and the reason names the node and the reboot, not a rollout', () => {
    const previous = earlier(minute, all(3, 3));
    const { status } = statusFor({ daemonSets: deadHandlers, rebootNodes: [rebooting('n2')], previous });
    expect(status).toMatchObject({ nodes: 3, ready: 2, updating: 0, failed: 1 });
    expect(told(status)).toMatchObject({
      Ready: 'False/RebootRequired',
      Degraded: 'True/RebootRequired',
      Available: 'False/NodesFailed',
      RetryHandlerReady: 'False/RebootRequired',
    });
    expect(status.conditions?.[0]?.message).toBe(
      'RetryHandlerReady: 2 of 3 pods ready; node n2 must be rebooted: a retry handler died under load: cxi0, cxi1; drain and reboot it',
    );
  });

  test('has failed even when its pods are ready, and of several one is named', () => {
    const { status } = statusFor({ daemonSets: all(3, 3), rebootNodes: [rebooting('n3'), rebooting('n1')] });
    expect(status).toMatchObject({ ready: 1, failed: 2 });
    expect(status.conditions?.[0]?.message).toMatch(/node n1 must be rebooted: .*, and 1 more$/);
  });

  test('is none of this driver when its nodeSelector does not want it', () => {
    const driver = storedDriver({ nodeSelector: { pool: 'hpc' } });
    const rebootNodes = [rebooting('n1', { pool: 'other' })];
    expect(told(statusFor({ plan: { driver }, daemonSets: all(3, 3), rebootNodes }).status).Ready).toBe(
      'True/Ready',
    );
  });
});

test('what somebody changes that was applied is not Ready although every pod is, and the pods stay Available', () => {
  const { status } = statusFor({ daemonSets: all(3, 3), drift: 'DaemonSet ns/x: spec.a: 1 should be 2' });
  expect(told(status)).toMatchObject({
    Ready: 'False/Drifted',
    Degraded: 'True/Drifted',
    Reconciling: 'True/Retrying',
    Available: 'True/Ready',
    DriverAgentReady: 'True/Ready',
  });
  expect(status.conditions?.[0]?.message).toBe('DaemonSet ns/x: spec.a: 1 should be 2');
});

test('a CRD of an older version makes the driver not ready, with the field and the remedy, and leaves no trace once it is mended', () => {
  const crdShortfall = 'CRD cxidrivers.cxi.hpe.com: spec.a is missing; apply the CRDs';
  const conditionsOf = (given: Case) => statusFor(given).status.conditions ?? [];
  const conditions = conditionsOf({ daemonSets: all(3, 3), crdShortfall });
  expect(conditions).toContainEqual(
    expect.objectContaining({
      type: 'Ready',
      status: 'False',
      reason: 'CRDOutdated',
      message: `CRDsCurrent: ${crdShortfall}`,
    }),
  );
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'CRDsCurrent', status: 'False' }));
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }));
  const mended = conditionsOf({ daemonSets: all(3, 3), previous: { conditions } });
  expect(mended.map(({ type }) => type)).not.toContain('CRDsCurrent');
  expect(mended).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
});

test('virtual nodes that are passed over are counted, and no reason not to be ready', () => {
  const { status } = statusFor({ daemonSets: all(3, 3), skipped: 1 });
  expect(status).toMatchObject({ nodes: 3, ready: 3, skipped: 1 });
  expect(status.conditions?.[0]).toMatchObject({
    status: 'True',
    message: '3 nodes ready, 1 virtual node passed over',
  });
});

describe('Available', () => {
  test.each<[string, readonly DaemonSet[], string]>([
    ['is False when one of three nodes is served', all(3, 1), 'False/WaitingForPods'],
    ['is True when all are', all(3, 3), 'True/Ready'],
    [
      'is False when any component is missing on one node',
      [...all(3, 3).slice(0, 3), daemonSet('metrics-exporter', 3, 2)],
      'False/WaitingForPods',
    ],
    [
      'is True while new pods replace old ones that serve',
      [daemonSet('driver-agent', 3, 3, 1), ...all(3, 3).slice(1)],
      'True/Ready',
    ],
    ['is False while a DaemonSet is not there', all(3, 3).slice(1), 'False/WaitingForPods'],
  ])('%s', (_, daemonSets, expected) => {
    expect(told(statusFor({ daemonSets }).status).Available).toBe(expected);
  });

  test('says which agents are missing', () => {
    const available = statusFor({
      daemonSets: [...all(3, 3).slice(0, 3), daemonSet('metrics-exporter', 3, 2)],
    });
    const condition = available.status.conditions?.find(({ type }) => type === 'Available');
    expect(condition?.message).toBe('metrics-exporter on 2 of 3 nodes');
  });
});

describe('what does not roll is not called RollingOut', () => {
  const reasonAfter = (before: readonly DaemonSet[], after: readonly DaemonSet[]): string | undefined =>
    told(statusFor({ daemonSets: after, previous: earlier(minute, before) }).status).DriverAgentReady;

  test('a pod that is lost', () => expect(reasonAfter(all(3, 3), all(3, 2))).toBe('False/PodsNotReady'));
  test('unless a new template comes', () =>
    expect(reasonAfter(all(3, 3), [daemonSet('driver-agent', 3, 2, 1), ...all(3, 3).slice(1)])).toBe(
      'False/RollingOut',
    ));
  test('unless a node joins', () => expect(reasonAfter(all(3, 3), all(4, 3))).toBe('False/RollingOut'));
  test('and the message names the node', () => {
    const unready = {
      ...badImage,
      definite: false,
      cause: 'it runs and is not ready',
      remedy: 'look at its log',
    };
    const previous = earlier(minute, all(3, 3));
    const { status } = statusFor({ daemonSets: all(3, 2), failures: [unready], previous });
    expect(status.conditions?.[0]?.message).toContain('driver-agent on node n3');
    expect(status).toMatchObject({ ready: 2, updating: 1, failed: 0 });
  });
});

describe('the counts', () => {
  test('are those of all components: different agents missing on different nodes make two nodes', () => {
    const daemonSets = [
      daemonSet('driver-agent', 5, 4),
      daemonSet('device-plugin', 5, 4),
      ...all(5, 5).slice(2),
    ];
    const failures = [...missingOn('driver-agent', ['n1']), ...missingOn('device-plugin', ['n2'])];
    expect(statusFor({ daemonSets, failures }).status).toMatchObject({
      nodes: 5,
      ready: 3,
      updating: 0,
      failed: 2,
    });
  });

  test('always add up, whatever is missing and whatever was found', () => {
    const number = fc.nat({ max: 4 });
    const failure = fc.record({
      component: fc.constantFrom(...components),
      node: fc.constantFrom('a', 'b', 'c'),
      definite: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number, number), { minLength: 4, maxLength: 4 }),
        fc.array(failure),
        (counts, found) => {
          const daemonSets = components.map((component, i) =>
            daemonSet(component, ...(counts[i] ?? [0, 0, 0])),
          );
          const failures = found.map((one) => ({ ...badImage, ...one }));
          const {
            nodes = 0,
            ready = 0,
            updating = 0,
            failed = 0,
          } = statusFor({ daemonSets, failures }).status;
          expect(ready + updating + failed).toBe(nodes);
          expect(Math.min(ready, updating, failed)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  test.each<[string, Case, object]>([
    ['while pods start', { daemonSets: all(5, 2) }, { nodes: 5, ready: 2, updating: 3, failed: 0 }],
    ['when they are ready', { daemonSets: all(5, 5) }, { nodes: 5, ready: 5, updating: 0, failed: 0 }],
    [
      'when some do not get there',
      { daemonSets: all(5, 4), previous: earlier(10 * minute, all(5, 4)) },
      { nodes: 5, ready: 4, updating: 0, failed: 1 },
    ],
  ])('%s', (_, input, expected) => expect(statusFor(input).status).toMatchObject(expected));
});

test('the version in force changes when the rollout is complete', () => {
  const previous: CxiDriverStatus = { ...earlier(minute, all(2, 2)), driverVersion: '12.0.0' };
  expect(statusFor({ daemonSets: all(2, 1), previous }).status.driverVersion).toBe('12.0.0');
  expect(statusFor({ daemonSets: all(2, 2), previous }).status.driverVersion).toBe('13.0.0');
});

test('a rollout is looked at again when it would be stuck', () => {
  const previous = earlier(2 * minute, all(2, 1));
  expect(statusFor({ daemonSets: all(2, 1), previous }).changesAfterMs).toBe(3 * minute);
  expect(statusFor({ daemonSets: all(2, 2), previous }).changesAfterMs).toBeUndefined();
});

test('a status that was written is what is computed next, so that it is not written again', () => {
  for (const daemonSets of [[], all(0, 0), all(3, 1), all(3, 3)]) {
    const { status } = statusFor({ daemonSets }, now - minute);
    expect(statusFor({ daemonSets, previous: status }).status).toEqual(status);
  }
});

test('the whole life of a driver in memory is told by conditions that fit', () => {
  const world = new World();
  world.create('cxi', { version: '1' });
  expect(world.reconcile('cxi').stage).toBe('active');
  world.delete('cxi');
  const plan = world.reconcile('cxi');
  const { status } = statusFor({ plan, daemonSets: [...world.daemonSets.values()] });
  expect(told(status)).toMatchObject({ Ready: 'False/Deleting', Reconciling: 'True/Progressing' });
  expect(status.conditions?.[0]?.message).toContain('cxi-retry-handler');
});
