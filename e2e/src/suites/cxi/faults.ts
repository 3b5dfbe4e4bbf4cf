import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case, Recorder } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, componentPods, devicesOf, eventually, type PodObject, resourceOf } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { asBefore, type FaultRow, faultTable } from './fault-table.ts';

const replugged: Case = {
  name: 'a NIC that comes back under another name leaves one CXIDevice, not two',
  async run(testEnv) {
    const node = aNicNode(testEnv);
    const device = node.host.hardware.cxi.nics().at(-1) ?? '';
    const { name: _, ...spec } = node.host.hardware.cxi.nic(device).spec;
    await node.host.hardware.cxi.unplug(device);
    const renamed = await node.host.hardware.cxi.plug(spec);
    await eventually(testEnv, `${renamed} in place of ${device}`, async () => {
      const found = await devicesOf(testEnv, node.name);
      expectEqual(
        'devices',
        found.map((item) => item.status?.device).sort(),
        [...node.host.hardware.cxi.nics()].sort(),
      );
      expectEqual(
        'health',
        found.map((item) => item.status?.health?.status),
        node.host.hardware.cxi.nics().map(() => 'Healthy'),
      );
      return true;
    });
  },
};

const injected: readonly Case[] = faultTable.map((row) => ({
  name: `fault: ${row.fault} → ${row.expected}`,
  deadlineMs: row.withinMs + 120_000,
  run: (testEnv, record) => inject(row, testEnv, record),
}));

/** Longer than the node controller waits for a sign of life of a node, in milliseconds. */
const longOutageMs = 60_000;

const lost: Case = {
  name: 'an API server away for a minute → every node and agent is ready again, no container was restarted',
  deadlineMs: 300_000,
  only: 'simulated',
  // libs/simulator/src/kubelet/outage.apiserver.test.ts and apps/operator-manager/src/outage.apiserver.test.ts see it in less.
  long: true,
  async run(testEnv) {
    const before = (await agentPods(testEnv)).map(containerIds).sort();
    await testEnv.stopApiServer();
    await testEnv.clock.sleep(longOutageMs, testEnv.signal);
    await testEnv.startApiServer();
    const back = testEnv.clock.monotonic();
    let calledLost = false;
    await eventually(
      testEnv,
      'every node and agent to be ready again',
      async () => {
        const { items: nodes } = await testEnv.kube.list(resources.nodes);
        const ready = [...nodes, ...(await agentPods(testEnv))].every(isReady);
        calledLost ||= !ready;
        // The node controller looks every five seconds, and may find that the kubelets were faster.
        return ready && (calledLost || testEnv.clock.monotonic() - back > 20_000);
      },
      { deadlineMs: 120_000 },
    );
    expectEqual('containers', (await agentPods(testEnv)).map(containerIds).sort(), before);
  },
};

async function agentPods(testEnv: TestEnvironment): Promise<PodObject[]> {
  return (await Promise.all(Object.values(cxi.component).map((one) => componentPods(testEnv, one)))).flat();
}

function isReady({ status }: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

function containerIds({ metadata, status }: PodObject): string {
  return `${metadata?.name} ${status?.containerStatuses?.map(({ containerID }) => containerID).join()}`;
}

export const faults: readonly Case[] = [...injected, replugged, lost];

async function inject(row: FaultRow, testEnv: TestEnvironment, record: Recorder): Promise<void> {
  const node = aNicNode(testEnv);
  const device = node.host.hardware.cxi.nics().at(-1) ?? '';
  const before = await eventually(testEnv, `${node.name} to be at rest`, async () => {
    const { capacity, allocatable } = await resourceOf(testEnv, node.name, cxi.resource.cxi);
    const found = await devicesOf(testEnv, node.name);
    const healthy = found.filter((item) => item.status?.health?.status === 'Healthy').length;
    const rests = healthy === node.nics.count && capacity > 0 && allocatable === capacity;
    return rests ? { allocatable, healthy } : undefined;
  });
  const heal = await row.inject(testEnv, node, device);
  const applied = testEnv.clock.monotonic();
  try {
    await eventually(
      testEnv,
      row.expected,
      async () => {
        await row.seen(testEnv, node, device, before);
        return true;
      },
      { deadlineMs: row.withinMs, intervalMs: 50 },
    );
  } finally {
    const seen = testEnv.clock.monotonic();
    await heal();
    const healed = testEnv.clock.monotonic();
    await asBefore(testEnv, node, before);
    const recovery = (testEnv.clock.monotonic() - healed) / 1000;
    record.fault({
      fault: row.fault,
      expected: row.expected,
      limit: row.withinMs / 1000,
      seconds: (seen - applied) / 1000,
      recovery,
    });
  }
}
