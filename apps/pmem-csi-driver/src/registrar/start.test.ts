import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { CsiServer } from '@rackwright/csi';
import { PluginSocket } from '@rackwright/kubelet';
import { waitUntil } from '@rackwright/testbed';
import { startRegistrar } from './start.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwreg-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const parts = { clock: systemClock, logger: silentLogger };

test('the kubelet finds the driver where the registrar says, once the driver answers', async () => {
  await using lifetime = new Lifetime();
  const context = {
    ...parts,
    ...{ lifetime, env: {}, health: { addLiveness: () => undefined } },
    config: {
      csiAddress: join(folder, 'csi.sock'),
      kubeletRegistrationPath: '/var/lib/kubelet/plugins/a.b/csi.sock',
      pluginRegistrationPath: folder,
      timeout: 1000,
      httpEndpoint: '',
      verbosity: 3,
    },
  };
  lifetime.spawn('registrar', () => startRegistrar(context as never));
  const server = new CsiServer({
    ...parts,
    endpoint: `unix://${join(folder, 'csi.sock')}`,
    identity: {
      getPluginInfo: async () => ({ name: 'a.b', vendorVersion: '1', manifest: {} }),
      probe: async () => ({ ready: true }),
      getPluginCapabilities: async () => ({ capabilities: [] }),
    },
  });
  lifetime.spawn('driver', (signal) => server.start(signal));
  const socket = new PluginSocket({ socket: join(folder, 'a.b-reg.sock'), clock: systemClock });
  const info = await waitUntil('the registrar', () => socket.getInfo().catch(() => undefined), {
    ...{ clock: systemClock, deadlineMs: 30_000, intervalMs: 50 },
  });
  expect(info).toEqual({
    type: 'CSIPlugin',
    name: 'a.b',
    endpoint: '/var/lib/kubelet/plugins/a.b/csi.sock',
    supportedVersions: ['1.0.0'],
  });
});
