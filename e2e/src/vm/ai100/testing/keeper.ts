/**
 * What looks after the cache in the plugin, in the guest, with its real disks,
 * LVM and file systems. It looks when it is asked to, and its time goes by as it
 * is told: a lost cache is made anew after ten minutes only.
 */
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { BoundedCalls, errorMessage, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { nvmeControllers, scanNvme, selectDrives } from '@rackwright/hardware-nvme';
import { HostFiles, HostRoot, SystemProcessRunner } from '@rackwright/host';
import { diskAccess, HostTools, Lvm } from '@rackwright/storage';
import {
  CacheKeeper,
  type CacheLayout,
  type CacheSettings,
  Canary,
  DiskGuard,
} from '../../../../../apps/ai100-device-plugin/src/cache/index.ts';
import { type KeeperQuestion, keeperSocket } from './keeper-protocol.ts';

const root = new HostRoot();
const files = new HostFiles(root, { maxBytes: 1024 * 1024 });
const tools = new HostTools({ runner: new SystemProcessRunner(systemClock), root, entry: 'tree' });
const lvm = new Lvm(tools);
const calls = new BoundedCalls({ clock: systemClock, deadlineMs: 10_000 });
const clock = new ManualClock();
const keepers = new Map<CacheLayout, CacheKeeper>();

const settings: Omit<CacheSettings, 'layout'> = {
  ...{ minDevices: 1, expectedDevices: 0, settleMs: 0, stripeKiB: 128, folderQuota: false },
  ...{ volumeGroup: 'vg_aidaptiv', logicalVolume: 'cache', fileSystem: 'xfs', hostPath: '/mnt/nvme0' },
  ...{ rebuild: true, rebuildWaitMs: 600_000, adopt: true, create: true, retiredSerials: [], clusterId: '' },
  mountOptions: ['noatime', 'nosuid', 'nodev'],
};

rmSync(keeperSocket, { force: true });
createServer((socket) => {
  createInterface(socket).on('line', (line) => {
    void answer(JSON.parse(line) as KeeperQuestion).then((value) => socket.end(`${value}\n`));
  });
}).listen(keeperSocket);

async function answer({ layout, serials, allocatedUnits, advanceMs }: KeeperQuestion): Promise<string> {
  try {
    await clock.advance(advanceMs);
    const keeper = keepers.get(layout) ?? newKeeper(layout);
    keepers.set(layout, keeper);
    const permission = { maintenance: false, allowInit: [], allocatedUnits };
    const state = await keeper.reconcile(drives(serials), permission, new AbortController().signal);
    return JSON.stringify(state, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  } catch (error) {
    return JSON.stringify({ state: 'Failed', message: errorMessage(error), volumes: [] });
  }
}

function drives(allowSerials: readonly string[]): ReturnType<typeof selectDrives> {
  const modelPattern = /^only the drives named$/;
  const rule = { match: 'Model', modelPattern, pciVendors: [], allowSerials, denySerials: [] } as const;
  return selectDrives(nvmeControllers(scanNvme(files)), { rule, firmwareCheck: 'Skip', firmwareAllowed: [] });
}

function newKeeper(layout: CacheLayout): CacheKeeper {
  const random = (): number => randomInt(2 ** 32) / 2 ** 32;
  const guard = new DiskGuard({
    ...{ tools, files, lvm, create: true, random },
    access: diskAccess(tools, files),
  });
  const canary = new Canary({ host: root, tools, calls, clock });
  return new CacheKeeper({
    ...{ tools, lvm, guard, canary, calls, host: root, files, clock, logger: silentLogger },
    settings: { ...settings, layout },
    // Which node may is decided by the cluster, which is not here.
    rebuildPermit: async () => new AsyncDisposableStack(),
  });
}
