import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { garbageKinds } from '../faults/garbage.ts';
import { faults } from '../faults/index.ts';
import { SimulatedHost } from '../simulated-host.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const link = '/sys/class/cxi/cxi0/device/properties/link';

async function oneNic(): Promise<{ host: SimulatedHost; files: HostFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-faults-'));
  folders.push(folder);
  const host = await SimulatedHost.create(folder, { nics: [{ generation: 1, nid: 0x77, vfs: 1 }] });
  return { host, files: new HostFiles(host.root) };
}

describe('faults of a host', () => {
  test('a NIC that is pulled out comes back under its name, with its virtual functions', async () => {
    const { host } = await oneNic();
    const fault = faults.unplugNic(host, { nic: 'cxi0' });
    await fault.apply();
    expect(host.hardware.cxi.nics()).toEqual([]);
    await fault.revert?.();
    expect(host.hardware.cxi.nics()).toEqual(['cxi0', 'cxi2']);
    expect(host.hardware.cxi.read('cxi0', 'properties/nid')).toBe('0x77');
  });

  test('a NIC that is plugged in goes away again', async () => {
    const { host } = await oneNic();
    const fault = faults.plugNic(host, { spec: { generation: 2 } });
    await fault.apply();
    expect(host.hardware.cxi.nics()).toEqual(['cxi0', 'cxi1', 'cxi2']);
    await fault.revert?.();
    expect(host.hardware.cxi.nics()).toEqual(['cxi0', 'cxi1']);
  });

  test('a link flaps as often as asked and ends up', async () => {
    const { host, files } = await oneNic();
    const clock = new ManualClock();
    const seen: (string | undefined)[] = [];
    const done = faults.linkFlap(host, { nic: 'cxi0', times: 3, periodMs: 600, clock }).apply();
    for (let i = 0; i < 6; i++) {
      await clock.advance(0);
      seen.push(files.readTrimmed(link));
      await clock.advance(100);
    }
    await done;
    expect(seen).toEqual(['0', '1', '0', '1', '0', '1']);
    expect(files.readTrimmed(link)).toBe('1');
  });

  test('a flapping link that is interrupted is left up', async () => {
    const { host, files } = await oneNic();
    const abort = new AbortController();
    const clock = new ManualClock();
    const done = faults.linkFlap(host, { nic: 'cxi0', times: 3, periodMs: 600, clock }).apply(abort.signal);
    await clock.advance(0);
    abort.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
    expect(files.readTrimmed(link)).toBe('1');
  });

  test('a missing file is back after the fault', async () => {
    const { host, files } = await oneNic();
    const fault = faults.missingFile(host, { nic: 'cxi0', file: 'properties' });
    await fault.apply();
    expect(files.exists(link)).toBe(false);
    await fault.revert?.();
    expect(files.readTrimmed(link)).toBe('1');
  });

  test.each(garbageKinds)('%s garbage in place of a value is undone', async (garbage) => {
    const { host, files } = await oneNic();
    const fault = faults.garbageFile(host, { nic: 'cxi0', file: 'properties/link', garbage });
    await fault.apply();
    expect(files.readInteger(link)).toBeUndefined();
    expect(files.list('/sys/class/cxi/cxi0/device/properties')).toContain('link');
    await fault.revert?.();
    expect(files.readTrimmed(link)).toBe('1');
  });

  test('garbage in a NIC that is pulled out meanwhile does no harm', async () => {
    const { host } = await oneNic();
    const fault = faults.garbageFile(host, { nic: 'cxi0', file: 'properties/nid', garbage: 'fifo' });
    await fault.apply();
    await host.hardware.cxi.unplug('cxi0');
    await fault.revert?.();
    expect(host.hardware.cxi.nics()).toEqual([]);
  });

  test('an unloaded module takes the class with it until it is loaded again', async () => {
    const { host, files } = await oneNic();
    const fault = faults.moduleGone(host, { module: 'cxi_ss1' });
    await fault.apply();
    expect(files.exists('/sys/class/cxi')).toBe(false);
    expect(files.readText('/proc/modules')).not.toMatch(/^cxi_ss1 /m);
    await fault.revert?.();
    expect(files.readTrimmed(link)).toBe('1');
  });

  test('nobody can kill a handler that does not run', async () => {
    const { host } = await oneNic();
    await expect(faults.retryHandlerDeath(host, { nic: 'cxi0' }).apply()).rejects.toMatchObject({
      code: 'FailedPrecondition',
    });
  });
});
