import { cxi } from '@rackwright/keys';
import type { Case } from '../case.ts';
import { expectEqual } from '../expect.ts';
import { asBefore, type FaultRow, faultTable } from '../fault-table.ts';
import { aNicNode, devicesOf, eventually, resourceOf } from '../observe.ts';

/** Measured times, one row per fault, printed at the end of a run. */
export const measuredFaults: {
  fault: string;
  expected: string;
  limit: number;
  seconds: number;
  recovery: number;
}[] = [];

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
  run: (bed) => inject(row, bed),
}));

export const faults: readonly Case[] = [...injected, replugged];

async function inject(row: FaultRow, bed: Parameters<Case['run']>[0]): Promise<void> {
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
    measuredFaults.push({
      fault: row.fault,
      expected: row.expected,
      limit: row.withinMs / 1000,
      seconds: (seen - applied) / 1000,
      recovery,
    });
  }
}
