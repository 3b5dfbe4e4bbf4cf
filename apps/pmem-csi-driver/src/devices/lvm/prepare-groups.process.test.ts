import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { SimulatedHost } from '@rackwright/simulator';
import { HostTools, Lvm } from '@rackwright/storage';
import { Ndctl } from '../ndctl.ts';
import { PendingNamespaces } from './pending-namespaces.ts';
import { prepareGroups } from './prepare-groups.ts';

/** A folder in which nothing can be removed. */
class StuckNamespaces extends PendingNamespaces {
  override async done(): Promise<void> {
    throw new Error('no space left on device');
  }
}

test('a namespace whose making cannot be noted as done gets no group, and one that holds volumes is never wiped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-groups-'));
  try {
    const pmem = [{ bytes: 512 * 2 ** 20 }];
    const host = await SimulatedHost.create(join(folder, 'host'), { pmem, commands: true });
    const runner = new SystemProcessRunner(systemClock);
    const tools = new HostTools({ runner, root: host.root, entry: 'tree' });
    const [ndctl, lvm] = [new Ndctl(tools), new Lvm(tools)];
    const { signal } = new AbortController();
    const prepare = async (pending: PendingNamespaces): Promise<void> => {
      const regions = await ndctl.list(signal);
      await prepareGroups(
        regions,
        { ndctl, lvm, tools, pending, logger: silentLogger, percentage: 50 },
        signal,
      );
    };
    await prepare(new StuckNamespaces(folder));
    expect((await lvm.report(signal)).vgs).toEqual([]);
    const [namespace] = (await ndctl.list(signal))[0]?.namespaces ?? [];

    const pending = new PendingNamespaces(folder);
    await prepare(pending);
    expect((await ndctl.list(signal))[0]?.namespaces).toEqual([
      expect.objectContaining({ device: namespace?.device }),
    ]);
    const [group] = (await lvm.report(signal)).vgs;
    if (group === undefined) throw new Error('no group');
    expect(await pending.uuidIn('region0')).toBe('');
    await lvm.createSizedLv({ vg: group.name, name: 'data', bytes: 2n ** 24n, tags: [] }, signal);
    await prepare(pending);
    expect((await lvm.report(signal)).lvs).toEqual([expect.objectContaining({ name: 'data' })]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
