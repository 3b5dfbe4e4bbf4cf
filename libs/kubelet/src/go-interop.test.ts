import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { DevicePluginServer } from './device-plugin-server.ts';
import type { Device } from './hardware-profile.ts';
import { socketFolder } from './testing/index.ts';

const module = fileURLToPath(new URL('testdata/go-kubelet', import.meta.url));
const output = mkdtempSync(join(tmpdir(), 'rackwright-go-'));
const program = join(output, 'kubelet');
afterAll(() => rmSync(output, { recursive: true, force: true }));

/** Why the Go program cannot be had here: no Go, or its modules are not in the cache. */
function missing(): string | undefined {
  const env = { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };
  const built = spawnSync('go', ['build', '-C', module, '-o', program, '.'], { env, encoding: 'utf8' });
  if (built.status === 0) return undefined;
  rmSync(output, { recursive: true, force: true });
  if (built.error !== undefined) return 'there is no go';
  if (built.stderr.includes('GOPROXY=off')) return 'its Go modules are not in the module cache';
  throw new Error(built.stderr);
}

const reason = missing();
const ifBuilt = reason === undefined || process.env.CI === 'true' ? test : test.skip;

ifBuilt(
  `a kubelet in Go understands every answer${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  async () => {
    using folder = socketFolder();
    const child = spawn(program, [folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await using lifetime = new Lifetime();
    const devices: Device[] = [
      { ids: ['a'], healthy: true, numaNodes: [0] },
      { ids: ['b'], healthy: false, numaNodes: [] },
      { ids: ['c'], healthy: true, numaNodes: [1, 2] },
    ];
    const server = new DevicePluginServer({
      profiles: [
        {
          resource: 'hpe.com/cxi',
          devices: new Latest<readonly Device[]>(devices),
          getPreferredAllocation: () => ['a', 'c'],
          allocate: (containers) =>
            containers.map((ids) => ({
              envs: { IDS: ids.join() },
              devices: [{ containerPath: '/dev/c', hostPath: '/n/dev/c', permissions: 'rw' }],
              mounts: [{ containerPath: '/lib', hostPath: '/n/lib', readOnly: true }],
              annotations: { k: 'v' },
              cdiDevices: ['hpe.com/cxi=a'],
            })),
        },
      ],
      folder: folder.path,
      clock: systemClock,
      logger: silentLogger,
      pollMs: 50,
    });
    lifetime.spawn(server.name, (signal) => server.start(signal));
    expect(await closed).toEqual([0, null]);
    expect(JSON.parse(text)).toEqual({
      Request: {
        version: 'v1beta1',
        endpoint: expect.stringMatching(/^hpe\.com_cxi@/),
        resource_name: 'hpe.com/cxi',
        options: { get_preferred_allocation_available: true },
      },
      Options: { get_preferred_allocation_available: true },
      Devices: [
        { ID: 'a', health: 'Healthy', topology: { nodes: [{}] } },
        { ID: 'b', health: 'Unhealthy' },
        { ID: 'c', health: 'Healthy', topology: { nodes: [{ ID: 1 }, { ID: 2 }] } },
      ],
      Preferred: ['a', 'c'],
      Allocated: {
        container_responses: [
          {
            envs: { IDS: 'a,c' },
            devices: [{ container_path: '/dev/c', host_path: '/n/dev/c', permissions: 'rw' }],
            mounts: [{ container_path: '/lib', host_path: '/n/lib', read_only: true }],
            annotations: { k: 'v' },
            cdi_devices: [{ name: 'hpe.com/cxi=a' }],
          },
        ],
      },
      Refusal: 'device "nöwhere" is not known',
      Code: 'NotFound',
      Err: '',
    });
  },
  60_000,
);
