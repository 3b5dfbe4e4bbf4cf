import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseMountinfo } from '@rackwright/host';
import { canMountFuse } from '../faults/fuse-mount.ts';
import { faults } from '../faults/index.ts';
import { SimulatedHost } from '../simulated-host.ts';

const ifPossible = canMountFuse() ? test : test.skip;

async function withHost(work: (host: SimulatedHost, stats: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-stats-'));
  const host = await SimulatedHost.create(folder, { nics: [{ generation: 1 }], cxiRh: false });
  await work(host, host.root.path('/run/cxi/cxi0'));
  rmSync(folder, { recursive: true, force: true });
}

function mountAt(path: string): string | undefined {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  return mounts.find((mount) => mount.mountPoint === path)?.fsType;
}

ifPossible(
  'statistics that hang keep a reader waiting until the fault ends (needs root and /dev/fuse)',
  async () => {
    await withHost(async (host, stats) => {
      const fault = faults.statsHang(host, { nic: 'cxi0' });
      await fault.apply();
      let done = false;
      const reading = readdir(stats).then(
        () => 'names',
        (error: NodeJS.ErrnoException) => error.code,
      );
      void reading.finally(() => {
        done = true;
      });
      for (let i = 0; i < 20; i++) await readdir(host.folder);
      expect(done).toBe(false);
      await fault.revert?.();
      expect(['ENOTCONN', 'ECONNABORTED']).toContain(await reading);
      expect(mountAt(stats)).toBeUndefined();
    });
  },
);

ifPossible('a dead handler leaves a mount nobody answers for (needs root and /dev/fuse)', async () => {
  await withHost(async (host, stats) => {
    const fault = faults.staleStatsMount(host, { nic: 'cxi0' });
    await fault.apply();
    expect(mountAt(stats)).toBe('fuse.rh_stats');
    await expect(readdir(stats)).rejects.toMatchObject({ code: 'ENOTCONN' });
    await fault.revert?.();
    expect(mountAt(stats)).toBeUndefined();
  });
});
