import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed } from '../../bed.ts';
import type { Case, Recorder } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, componentPods, devicesOf, eventually, type PodObject, resourceOf } from '../../observe.ts';
import { asBefore, type FaultRow, faultTable } from './fault-table.ts';

const replugged: Case = {
  name: 'a NIC that comes back under another name leaves one CXIDevice, not two',
  async run(bed) {
    const node = aNicNode(bed);
    const device = node.host.nics().at(-1) ?? '';
    const { name: _, ...spec } = node.host.nic(device).spec;
    await node.host.unplug(device);
    const renamed = await node.host.plug(spec);
    await eventually(bed, `${renamed} in place of ${device}`, async () => {
      const found = await devicesOf(bed, node.name);
      expectEqual('devices', found.map((item) => item.status?.device).sort(), [...node.host.nics()].sort());
      expectEqual(
        'health',
        found.map((item) => item.status?.health?.status),
        node.host.nics().map(() => 'Healthy'),
      );
      return true;
    });
  },
};

const injected: readonly Case[] = faultTable.map((row) => ({
  name: `fault: ${row.fault} → ${row.expected}`,
  deadlineMs: row.withinMs + 120_000,
  run: (bed, record) => inject(row, bed, record),
}));

/** Longer than the node controller waits for a sign of life of a node, in milliseconds. */
const longOutageMs = 60_000;

const lost: Case = {
  name: 'an API server away for a minute → every node and agent is ready again, no container was restarted',
  deadlineMs: 300_000,
  only: 'simulated',
  // libs/simulator/src/kubelet/outage.apiserver.test.ts and apps/operator-manager/src/outage.apiserver.test.ts see it in less.
  long: true,
  async run(bed) {
    const before = (await agentPods(bed)).map(containerIds).sort();
    await bed.stopApiServer();
    await bed.clock.sleep(longOutageMs, bed.signal);
    await bed.startApiServer();
    const back = bed.clock.monotonic();
    let calledLost = false;
    await eventually(
      bed,
      'every node and agent to be ready again',
      async () => {
        const { items: nodes } = await bed.kube.list(resources.nodes);
        const ready = [...nodes, ...(await agentPods(bed))].every(isReady);
        calledLost ||= !ready;
        // The node controller looks every five seconds, and may find that the kubelets were faster.
        return ready && (calledLost || bed.clock.monotonic() - back > 20_000);
      },
      { deadlineMs: 120_000 },
    );
    expectEqual('containers', (await agentPods(bed)).map(containerIds).sort(), before);
  },
};

async function agentPods(bed: Bed): Promise<PodObject[]> {
  return (await Promise.all(Object.values(cxi.component).map((one) => componentPods(bed, one)))).flat();
}

function isReady({ status }: { status?: { conditions?: { type: string; status: string }[] } }): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

function containerIds({ metadata, status }: PodObject): string {
  return `${metadata?.name} ${status?.containerStatuses?.map(({ containerID }) => containerID).join()}`;
}

export const faults: readonly Case[] = [...injected, replugged, lost];

async function inject(row: FaultRow, bed: Bed, record: Recorder): Promise<void> {
  const node = aNicNode(bed);
  const device = node.host.nics().at(-1) ?? '';
  const before = await eventually(bed, `${node.name} to be at rest`, async () => {
    const { capacity, allocatable } = await resourceOf(bed, node.name, cxi.resource.cxi);
    const found = await devicesOf(bed, node.name);
    const healthy = found.filter((item) => item.status?.health?.status === 'Healthy').length;
    const rests = healthy === node.nics.count && capacity > 0 && allocatable === capacity;
    return rests ? { allocatable, healthy } : undefined;
  });
  const heal = await row.inject(bed, node, device);
  const applied = bed.clock.monotonic();
  try {
    await eventually(
      bed,
      row.expected,
      async () => {
        await row.seen(bed, node, device, before);
        return true;
      },
      { deadlineMs: row.withinMs, intervalMs: 50 },
    );
  } finally {
    const seen = bed.clock.monotonic();
    await heal();
    const healed = bed.clock.monotonic();
    await asBefore(bed, node, before);
    const recovery = (bed.clock.monotonic() - healed) / 1000;
    record.fault({
      fault: row.fault,
      expected: row.expected,
      limit: row.withinMs / 1000,
      seconds: (seen - applied) / 1000,
      recovery,
    });
  }
}
