import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import { CxiScanner, formatRetryHandlerState, retryHandlerStatePath } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { socketFolder } from '@rackwright/kubelet/testing';
import { SimulatedHost } from '@rackwright/simulator';
import { Inventory } from './inventory.ts';

let folder: ReturnType<typeof socketFolder>;
let host: SimulatedHost;
let files: HostFiles;
beforeEach(async () => {
  folder = socketFolder();
  host = await SimulatedHost.create(folder.path, { nics: [{ generation: 1 }] });
  files = new HostFiles(host.root);
});
afterEach(() => folder[Symbol.dispose]());

test('what the retry-handler agent writes is read within a second, and a broken file changes nothing', async () => {
  const clock = new ManualClock();
  const scanner = new CxiScanner({ files, clock });
  const inventory = new Inventory({
    scanner,
    files,
    requireRetryHandler: false,
    debounceMs: 0,
    clock,
    logger: silentLogger,
  });
  scanner.rescan();
  await using lifetime = new Lifetime();
  lifetime.spawn('inventory', (signal) => inventory.start(signal));
  await clock.advance(0);
  const path = host.root.path(retryHandlerStatePath);
  const write = async (text: string): Promise<string | undefined> => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    await clock.advance(1000);
    return inventory.nics.value[0]?.reason;
  };
  const state = (rebootRequired: boolean): string =>
    formatRetryHandlerState({
      version: 1,
      updatedAt: '2026-01-01T00:00:00Z',
      onCrash: 'markUnhealthy',
      handlers: [
        { device: 'cxi0', state: 'Failed', restarts: 0, since: '2026-01-01T00:00:00Z', rebootRequired },
      ],
    });
  expect(inventory.nics.value[0]?.reason).toBe('Healthy');
  expect(await write(state(true))).toBe('RebootRequired');
  expect(await write('{')).toBe('RebootRequired');
  expect(await write(state(false))).toBe('RetryHandlerDown');
});
