import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { BoundedCalls, type Clock, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import type { DriveSelection } from '@rackwright/hardware-nvme';
import { HostFiles, HostRoot, SystemProcessRunner } from '@rackwright/host';
import { type DiskAccess, diskAccess, HostTools, Lvm, type OpenDisk } from '@rackwright/storage';
import { Canary } from './canary.ts';
import { DiskGuard } from './disk-guard.ts';
import { CacheKeeper } from './keeper.ts';
import { newPvUuid, parsePlan } from './plan-record.ts';
import type { CacheSettings } from './settings.ts';
import { permission, settings } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const ifRoot = process.getuid?.() === 0 ? describe : describe.skip;
const tools = new HostTools({
  runner: new SystemProcessRunner(systemClock),
  root: new HostRoot('/'),
  entry: 'tree',
});
const files = new HostFiles(new HostRoot('/'), { maxBytes: 1024 * 1024 });
const bytes = 512 * 2 ** 20;

/** Sparse files behind loop devices, a folder for what the agent writes, and an LVM that sees them alone. */
class Loops implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'rwc-real-'));
  readonly devices: string[] = [];

  static async make(count: number): Promise<Loops> {
    const loops = new Loops();
    for (let i = 0; i < count; i++) {
      const file = join(loops.folder, `disk${i}`);
      const handle = openSync(file, 'w');
      ftruncateSync(handle, bytes);
      closeSync(handle);
      loops.devices.push((await tools.expect(['losetup', '--find', '--show', file])).trim());
    }
    return loops;
  }

  /** Without a device mapper there are records on disks only, and no volume becomes active. */
  lvm(devices: readonly string[] = this.devices): Lvm {
    const accepted = devices.map((device) => `"a|^${device}$|"`).join(', ');
    const config =
      'global { activation=0 use_lvmpolld=0 } backup { backup=0 archive=0 } ' +
      `devices { use_devicesfile=0 obtain_device_list_from_udev=0 filter=[ ${accepted}, "r|.*|" ] }`;
    return new Lvm(tools, { config });
  }

  drives(devices: readonly string[] = this.devices): DriveSelection[] {
    return devices.map((device) => ({
      controller: {
        name: basename(device),
        serial: serialOf(basename(device)),
        servesBlocks: true,
        namespaces: [],
      },
      namespace: { name: basename(device), sizeBytes: BigInt(bytes), readOnly: false },
      ...{ unitId: '', isAi100: true, firmwareCompliant: true, eligible: true, message: '' },
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const device of this.devices) await tools.expect(['losetup', '--detach', device]);
    rmSync(this.folder, { recursive: true });
  }
}

function serialOf(name: string): string {
  return `SERIAL-${name}`;
}

/** Loop devices have no serial numbers; everything else is asked of the kernel. */
const kernel = diskAccess(tools, files);
const named = (disk: OpenDisk, name: string): OpenDisk => Object.assign(disk, { serial: serialOf(name) });
const access: DiskAccess = {
  openExclusive: async (name) => named(await kernel.openExclusive(name), name),
  openShared: async (name) => named(await kernel.openShared(name), name),
};

/** A name no other run of this test has. */
function groupOf(loops: Loops): string {
  return `rwk_${basename(loops.folder).replace(/\W/g, '')}`;
}

function keeperOf(loops: Loops, lvm: Lvm, own: CacheSettings, clock: Clock = systemClock): CacheKeeper {
  const host = new HostRoot(loops.folder);
  const calls = new BoundedCalls({ clock: systemClock, deadlineMs: 5000 });
  return new CacheKeeper({
    ...{ tools, lvm, calls, host, files, clock, logger: silentLogger, settings: own },
    guard: new DiskGuard({ tools, access, files, lvm, create: true, random: () => 0.5 }),
    canary: new Canary({ host, tools, calls, clock: systemClock }),
    rebuildPermit: async () => new AsyncDisposableStack(),
  });
}

ifRoot('real LVM on loop devices (needs root)', () => {
  test('two blank disks get their planned identities, a group and a striped volume marked as unfinished', async () => {
    await using loops = await Loops.make(2);
    const lvm = loops.lvm();
    const host = new HostRoot(loops.folder);
    const volumeGroup = groupOf(loops);
    const keeper = keeperOf(loops, lvm, { ...settings, volumeGroup });
    const state = await keeper.reconcile(loops.drives(), permission, new AbortController().signal);
    expect(state).toMatchObject({
      failure: { step: 'activate', message: `activate of ${volumeGroup} had no effect` },
    });
    const { pvs, vgs, lvs } = await lvm.report();
    const plan = parsePlan(readFileSync(host.path('/var/lib/ai100/plan.json'), 'utf8'));
    expect(pvs.map(({ name, uuid, vg }) => [name, uuid, vg])).toEqual(
      // LVM reports in the order of names, where /dev/loop10 comes before /dev/loop9.
      loops.devices.toSorted().map((device) => [device, plan.pvs[serialOf(basename(device))], volumeGroup]),
    );
    expect(vgs).toMatchObject([{ name: volumeGroup, tags: ['ai100.managed'] }]);
    // (512 MiB - 1 MiB) / 4 MiB extents of each.
    expect(lvs).toMatchObject([
      { stripes: 2, stripeBytes: 131_072n, sizeBytes: BigInt(2 * 127 * 4 * 2 ** 20) },
    ]);
    expect(lvs[0]?.tags).toEqual(expect.arrayContaining(['ai100.managed', 'ai100.formatting']));
  });

  test('a group that lost a disk is made anew with a blank one, by an identity that stays', async () => {
    await using loops = await Loops.make(3);
    const [first = '', lost = '', blank = ''] = loops.devices;
    const volumeGroup = groupOf(loops);
    const before = loops.lvm([first, lost]);
    const uuids = [newPvUuid(), newPvUuid()] as const;
    await before.createPv({ device: first, uuid: uuids[0] });
    await before.createPv({ device: lost, uuid: uuids[1] });
    await before.createVg({ name: volumeGroup, devices: [first, lost], tags: ['ai100.managed'] });
    const tags = ['ai100.managed', 'ai100.ready', 'ai100.fs=xfs/11111111-2222-3333-4444-555555555555'];
    await before.createLv({ vg: volumeGroup, name: 'cache', stripes: 2, stripeKiB: 128, tags });
    const clock = new ManualClock();
    const lvm = loops.lvm([first, blank]);
    const keeper = keeperOf(loops, lvm, { ...settings, volumeGroup, rebuild: true }, clock);
    const pass = (): ReturnType<CacheKeeper['reconcile']> =>
      keeper.reconcile(loops.drives([first, blank]), permission, new AbortController().signal);
    expect(await pass()).toMatchObject({ state: 'Lost', message: expect.stringContaining('for 600 s') });
    await clock.advance(600_000);
    expect(await pass()).toMatchObject({ state: 'Rebuilding' });
    expect((await lvm.report()).lvs).toMatchObject([{ tags: expect.arrayContaining(['ai100.ready']) }]);
    expect((await pass()).failure).toMatchObject({ step: 'activate' });
    const { pvs, vgs, lvs } = await lvm.report();
    expect(pvs.map(({ name, vg }) => [name, vg])).toEqual(
      [first, blank].toSorted().map((device) => [device, volumeGroup]),
    );
    expect([pvs.find(({ name }) => name === first)?.uuid, vgs.length]).toEqual([uuids[0], 1]);
    expect(lvs).toMatchObject([{ stripes: 2, tags: expect.arrayContaining(['ai100.formatting']) }]);
  });
});
