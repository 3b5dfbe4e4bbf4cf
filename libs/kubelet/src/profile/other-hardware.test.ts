import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HwError, Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { Registry } from 'prom-client';
import {
  AssignmentTracker,
  CdiFile,
  CdiFilePublisher,
  type ContainerAllocateResponse,
  cdiObstacle,
  cdiSpec,
  DevicePluginServer,
  deviceOf,
  type HardwareDevice,
  namedByCdi,
  PodResourcesClient,
  prometheusPluginMetrics,
  qualifiedName,
  ResourceProfile,
} from '../index.ts';
import { PlainKubelet, PlainPodResources, socketFolder } from '../testing/index.ts';

// A plugin for hardware that has nothing to do with networks, made of the library's parts: caches that
// several disks of a node share out in units. A container gets a folder of the mounted cache, which is
// made while the kubelet waits, and the cache's device by its CDI name.

const resource = 'example.com/cache';
const noun = 'cache';
const disk = (name: string, numaNode: number, healthy = true): HardwareDevice => ({
  ...{ name, kind: 'cache', numaNode, healthy },
  ...(healthy
    ? { reason: 'Mounted', message: 'the cache is mounted' }
    : { reason: 'NotMounted', message: 'the cache is not mounted' }),
});

let folder: ReturnType<typeof socketFolder>;
let lifetime: Lifetime;
let kubelet: PlainKubelet;
let disks: Latest<readonly HardwareDevice[]>;
let registry: Registry;
let mounted: string;

beforeEach(async () => {
  folder = socketFolder();
  lifetime = new Lifetime();
  disks = new Latest<readonly HardwareDevice[]>([disk('disk0', 0), disk('disk1', 1)]);
  registry = new Registry();
  mounted = join(folder.path, 'mnt');
  for (const name of ['plugins', 'pods', 'cdi', 'mnt']) mkdirSync(join(folder.path, name));
  lifetime.use(await PlainPodResources.start(join(folder.path, 'pods', 'kubelet.sock')));
  kubelet = lifetime.use(await PlainKubelet.start(join(folder.path, 'plugins')));
  await startPlugin();
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const cdiFile = (): string => join(folder.path, 'cdi', 'example.com-cache.yaml');

async function startPlugin(): Promise<void> {
  const common = { clock: systemClock, logger: silentLogger };
  const plan = { resource, kind: 'cache', sharing: { mode: 'shared', capacity: 4 } } as const;
  const client = new PodResourcesClient({
    socket: join(folder.path, 'pods', 'kubelet.sock'),
    clock: systemClock,
  });
  const tracker = new AssignmentTracker({
    list: (signal) => client.list(signal),
    resources: [],
    noun,
    ...common,
  });
  const metrics = prometheusPluginMetrics(registry, noun, () => ({
    profiles: [profile],
    devices: devices.value,
  }));
  const cdi = new CdiFilePublisher({
    ...common,
    file: new CdiFile(cdiFile()),
    kind: resource,
    build: (env) =>
      cdiSpec({
        kind: resource,
        devices: disks.value.map(({ name }) => ({
          name,
          containerEdits: { deviceNodes: [{ path: `/dev/${name}`, permissions: 'r' }] },
        })),
        containerEdits: { env },
      }),
    changes: disks,
    onUpdate: (result) => metrics.cdiUpdated(result),
  });
  const devices = namedByCdi(disks, cdi, noun);
  const profile = new ResourceProfile({
    ...{ plan, plans: [plan], devices, tracker, noun, logger: silentLogger },
    obstacle: cdiObstacle(cdi),
    respond,
  });
  await cdi.update();
  const server = new DevicePluginServer({
    ...common,
    profiles: [profile],
    folder: join(folder.path, 'plugins'),
    metrics: {
      ...metrics,
      registered: (name, success) => {
        if (success) tracker.markStale(name);
        metrics.registered(name, success);
      },
    },
  });
  for (const part of [cdi, tracker, server]) lifetime.spawn(part.name, (signal) => part.start(signal));
}

/** One mount for the container, whatever units it has; the folder of the lowest unit is its own. */
async function respond(ids: readonly string[]): Promise<ContainerAllocateResponse> {
  const [first = ''] = [...ids].sort();
  const hostPath = join(mounted, '.units', first);
  await mkdir(hostPath, { recursive: true }).catch((cause) => {
    throw new HwError('Unavailable', `cannot make ${hostPath}`, { cause });
  });
  return {
    envs: { CACHE_UNITS: String(ids.length), CACHE_PATH: '/cache' },
    mounts: [{ hostPath, containerPath: '/cache', readOnly: false }],
    cdiDevices: [...new Set(ids.map(deviceOf))].map((name) => qualifiedName(resource, name)),
  };
}

test('units of a disk are ids of one place and health; the CDI file names the disks', async () => {
  const offered = await kubelet.devices(resource);
  expect(offered).toHaveLength(8);
  expect(offered[5]).toEqual({ ID: 'disk1::1', health: 'Healthy', topology: { nodes: [{ ID: 1 }] } });
  expect(readFileSync(cdiFile(), 'utf8')).toContain('name: disk1');
  disks.set([disk('disk0', 0), disk('disk1', 1, false)]);
  await kubelet.devices(resource, (list) => list.filter(({ health }) => health === 'Unhealthy').length === 4);
  await expect(kubelet.allocate(resource, ['disk1::0'])).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: 'device "disk1::0" is not healthy: the cache is not mounted',
  });
});

test('a container gets one mount, made while the kubelet waits, for all of its units', async () => {
  await kubelet.devices(resource);
  const { containerResponses } = await kubelet.allocate(resource, ['disk0::1', 'disk0::2'], ['disk1::0']);
  expect(containerResponses[0]).toEqual({
    envs: { CACHE_UNITS: '2', CACHE_PATH: '/cache' },
    mounts: [{ hostPath: join(mounted, '.units/disk0::1'), containerPath: '/cache', readOnly: false }],
    devices: [],
    annotations: {},
    cdiDevices: [{ name: 'example.com/cache=disk0' }],
  });
  expect((await readdir(join(mounted, '.units'))).sort()).toEqual(['disk0::1', 'disk1::0']);
  expect(existsSync(join(mounted, '.units/disk0::2'))).toBe(false);
});

test('the units asked for come from one NUMA node, of the disk that few pods use', async () => {
  await kubelet.devices(resource);
  const free = ['disk0::2', 'disk0::3', 'disk1::0', 'disk1::1', 'disk1::2'];
  expect(await kubelet.getPreferredAllocation(resource, free, [], 1)).toEqual(['disk1::0']);
  expect(await kubelet.getPreferredAllocation(resource, free, ['disk0::2'], 1)).toEqual(['disk0::2']);
});

test('the metrics speak of this hardware', async () => {
  await kubelet.devices(resource);
  await kubelet.allocate(resource, ['disk0::1']);
  disks.set([disk('disk0', 0), disk('disk1', 1, false)]);
  await kubelet.devices(resource, (list) => list.some(({ health }) => health === 'Unhealthy'));
  const text = await registry.metrics();
  expect(text).toContain(`device_plugin_allocated_devices_total{resource="${resource}"} 1`);
  expect(text).toContain(
    '# HELP device_plugin_withheld_devices caches of the node that are not given to pods',
  );
  expect(text).toContain('device_plugin_withheld_devices{device="disk1",reason="NotMounted"} 1');
  expect(text).toContain('device_plugin_cdi_updates_total{result="written"} 1');
});
