import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { errorMessage, HwError, systemClock } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { HostRoot } from '@rackwright/host';
import { type CSIDriver, KubeError } from '@rackwright/kube';
import type { Pod } from '../../pod-model.ts';
import { PlainCsiDriver, refusal, volumeFolder } from '../../testing/plain-csi-driver.ts';
import { ScriptedClient } from '../../testing/scripted-client.ts';
import { CsiDrivers } from './csi-drivers.ts';
import { type CsiVolume, csiPaths, inlineHandle } from './csi-paths.ts';
import { CsiVolumes } from './csi-volumes.ts';

const name = 'pmem-csi.intel.com';
const { signal } = new AbortController();
/** The API server's answer for what it does not have. */
const notFound = new KubeError('NotFound', 'no CSIDriver', { status: 404, reason: 'NotFound' });
let folder: string;
let host: HostRoot;
let driver: PlainCsiDriver;
let drivers: CsiDrivers;
let volumes: CsiVolumes;
let api: ScriptedClient;
let object: CSIDriver | undefined;
/** What the driver answers instead, by method. */
const answers = new Map<string, () => 'done' | undefined>();

beforeEach(async () => {
  answers.clear();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rwcsi-')));
  host = new HostRoot(join(folder, 'host'));
  driver = await PlainCsiDriver.serve({ name, host, before: (method) => answers.get(method)?.() });
  drivers = new CsiDrivers(systemClock);
  connect();
  object = {
    spec: { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Persistent', 'Ephemeral'] },
  };
  api = new ScriptedClient();
  api.answer = () => object ?? Promise.reject(notFound);
  volumes = newKubelet();
});

afterEach(async () => {
  await driver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function connect(): void {
  drivers.set(name, host.path(driver.endpoint), [1, 0]);
}

function newKubelet(): CsiVolumes {
  const secret = { data: { password: Buffer.from('hush').toString('base64') } };
  const objects = { secret: () => Promise.resolve(secret) };
  return new CsiVolumes({ nodeName: 'node', host, client: api.client, objects, drivers });
}

function pod(uid: string): Pod {
  return {
    metadata: { name: `pod-${uid}`, namespace: 'ns', uid },
    spec: { containers: [], serviceAccountName: 'sa' },
  };
}

function volume(change: Partial<CsiVolume> = {}): CsiVolume {
  return {
    ...{
      name: 'pvc-1',
      driver: name,
      handle: 'vol-1',
      lifecycle: 'Persistent',
      block: false,
      readOnly: false,
    },
    ...{ fsType: 'xfs', attributes: { size: '1Gi' }, mountOptions: ['noatime'], accessMode: 'ReadWriteOnce' },
    secrets: {},
    ...change,
  };
}

const inline = volume({ name: 'scratch', handle: inlineHandle('a', 'scratch'), lifecycle: 'Ephemeral' });

function requestOf(method: string): Record<string, unknown> {
  return driver.calls.find((call) => call.method === method)?.request ?? {};
}

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing failed',
    (error: unknown) => errorMessage(error),
  );
}

/** Everything below the kubelet's folder that is no socket. */
async function left(): Promise<string[]> {
  const root = host.path('/var/lib/kubelet');
  const all = await readdir(root, { recursive: true });
  const files = await Promise.all(
    all.map(async (path) => ((await lstat(join(root, path))).isDirectory() ? [] : [path])),
  );
  return files.flat().filter((path) => !path.endsWith('.sock'));
}

test('a volume is staged on the node, then published to the pod, and what is written stays in it', async () => {
  const path = await volumes.mount(pod('a'), volume(), signal);
  expect(driver.methods).toEqual(['nodeStageVolume', 'nodePublishVolume']);
  expect(path).toBe(volumeFolder(host, name, 'vol-1'));
  const stage = requestOf('nodeStageVolume');
  const { stagingTargetPath } = stage;
  expect(stagingTargetPath).toBe(csiPaths.staging(volume()));
  expect(String(stagingTargetPath)).toMatch(
    new RegExp(`^/var/lib/kubelet/plugins/kubernetes.io/csi/${name}/[0-9a-f]{64}/globalmount$`),
  );
  expect(stage).toMatchObject({ volumeId: 'vol-1', volumeContext: { size: '1Gi' } });
  expect(requestOf('nodePublishVolume')).toMatchObject({
    volumeId: 'vol-1',
    stagingTargetPath,
    targetPath: '/var/lib/kubelet/pods/a/volumes/kubernetes.io~csi/pvc-1/mount',
    readonly: false,
    volumeCapability: {
      accessType: { $case: 'mount', mount: { fsType: 'xfs', mountFlags: ['noatime'] } },
      accessMode: { mode: csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_MULTI_WRITER },
    },
    volumeContext: {
      size: '1Gi',
      'csi.storage.k8s.io/pod.name': 'pod-a',
      'csi.storage.k8s.io/pod.namespace': 'ns',
      'csi.storage.k8s.io/pod.uid': 'a',
      'csi.storage.k8s.io/serviceAccount.name': 'sa',
      'csi.storage.k8s.io/ephemeral': 'false',
    },
  });
});

test('what is written down before the driver is asked has the shape of the real kubelet’s', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(host.path(path), 'utf8'));
  expect(await read('/var/lib/kubelet/pods/a/volumes/kubernetes.io~csi/pvc-1/vol_data.json')).toEqual({
    attachmentID: expect.stringMatching(/^csi-[0-9a-f]{64}$/),
    driverName: name,
    nodeName: 'node',
    specVolID: 'pvc-1',
    volumeHandle: 'vol-1',
    volumeLifecycleMode: 'Persistent',
  });
  const staged = csiPaths.staging(volume()).replace('globalmount', 'vol_data.json');
  expect(await read(staged)).toEqual({ driverName: name, volumeHandle: 'vol-1' });
});

test('a volume leaves its pod, then the node with its last pod, and nothing of it is left', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  await volumes.mount(pod('b'), volume(), signal);
  await writeFile(join(volumeFolder(host, name, 'vol-1'), 'data'), 'kept');
  await volumes.unmountPod('a', signal);
  expect(driver.methods.slice(4)).toEqual(['nodeUnpublishVolume']);
  await volumes.unmountPod('b', signal);
  expect(driver.methods.slice(5)).toEqual(['nodeUnpublishVolume', 'nodeUnstageVolume']);
  expect(await left()).toEqual([]);
  expect(existsSync(host.path('/var/lib/kubelet/pods/a'))).toBe(false);
  expect(await readFile(join(volumeFolder(host, name, 'vol-1'), 'data'), 'utf8')).toBe('kept');
});

test('two pods that end at the same time have their volume taken off the node once, at the end', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  await volumes.mount(pod('b'), volume(), signal);
  await Promise.all([volumes.unmountPod('a', signal), volumes.unmountPod('b', signal)]);
  expect(driver.methods.slice(4)).toEqual([
    ...['nodeUnpublishVolume', 'nodeUnpublishVolume', 'nodeUnstageVolume'],
  ]);
  expect(await left()).toEqual([]);
});

test('a kubelet that starts again finds what is mounted, and takes it away when the pod has gone', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  await volumes.mount(pod('a'), inline, signal);
  const next = newKubelet();
  expect(await next.pods()).toEqual(['a']);
  await next.unmountPod('a', signal);
  expect(await next.pods()).toEqual([]);
  expect(await left()).toEqual([]);
});

test('an inline volume is published without being staged, and is told that it is ephemeral', async () => {
  await volumes.mount(pod('a'), inline, signal);
  expect(driver.methods).toEqual(['nodePublishVolume']);
  expect(requestOf('nodePublishVolume')).toMatchObject({
    volumeId: expect.stringMatching(/^csi-[0-9a-f]{64}$/),
    stagingTargetPath: '',
    volumeContext: { 'csi.storage.k8s.io/ephemeral': 'true' },
  });
  await volumes.unmountPod('a', signal);
  expect(driver.methods.slice(1)).toEqual(['nodeUnpublishVolume']);
  expect(await left()).toEqual([]);
});

test('an inline volume needs a CSIDriver that allows it', async () => {
  object = undefined;
  expect(await failure(volumes.mount(pod('a'), inline, signal))).toContain(
    `volume mode "Ephemeral" not supported by driver ${name} (no CSIDriver object)`,
  );
  object = { spec: { attachRequired: false, volumeLifecycleModes: ['Persistent'] } };
  expect(await failure(volumes.mount(pod('a'), inline, signal))).toContain('(only supports ["Persistent"])');
  expect(driver.methods).toEqual([]);
});

test('a raw block volume is a device of the pod, and goes with it', async () => {
  const raw = volume({ block: true, name: 'pvc-raw' });
  expect(await volumes.mount(pod('a'), raw, signal)).toBe(volumeFolder(host, name, 'vol-1'));
  const devices = '/var/lib/kubelet/plugins/kubernetes.io/csi/volumeDevices';
  expect(requestOf('nodeStageVolume')).toMatchObject({ stagingTargetPath: `${devices}/staging/pvc-raw` });
  expect(requestOf('nodePublishVolume')).toMatchObject({
    stagingTargetPath: `${devices}/staging/pvc-raw`,
    targetPath: `${devices}/publish/pvc-raw/a`,
    volumeCapability: { accessType: { $case: 'block' } },
  });
  await volumes.mount(pod('b'), raw, signal);
  await newKubelet().unmountPod('a', signal);
  await newKubelet().unmountPod('b', signal);
  expect(driver.methods.slice(4)).toEqual([
    ...['nodeUnpublishVolume', 'nodeUnpublishVolume', 'nodeUnstageVolume'],
  ]);
  expect(await left()).toEqual([]);
});

test('secrets that the volume names reach the driver', async () => {
  const secrets = { stage: { namespace: 'ns', name: 's' }, publish: { namespace: 'ns', name: 's' } };
  await volumes.mount(pod('a'), volume({ secrets }), signal);
  expect(requestOf('nodeStageVolume')).toMatchObject({ secrets: { password: 'hush' } });
  expect(requestOf('nodePublishVolume')).toMatchObject({ secrets: { password: 'hush' } });
});

test('a driver that refuses leaves no traces, and the failure names the step', async () => {
  answers.set('nodeStageVolume', () => {
    throw refusal('no such device');
  });
  const mounting = volumes.mount(pod('a'), volume(), signal);
  await expect(mounting).rejects.toMatchObject({ step: 'MountVolume.MountDevice', volume: 'pvc-1' });
  expect(await failure(mounting)).toContain('no such device');
  expect(await left()).toEqual([]);
});

test('after an answer that does not say whether the driver still works, the volume is unmounted all the same', async () => {
  answers.set('nodePublishVolume', () => {
    throw new HwError('Unavailable', 'going down');
  });
  await expect(volumes.mount(pod('a'), volume(), signal)).rejects.toMatchObject({
    step: 'MountVolume.SetUp',
  });
  await volumes.unmountPod('a', signal);
  expect(driver.methods.slice(2)).toEqual(['nodeUnpublishVolume', 'nodeUnstageVolume']);
  expect(await left()).toEqual([]);
});

test('a volume that is in use stays published when the driver refuses it later', async () => {
  const path = await volumes.mount(pod('a'), volume(), signal);
  answers.set('nodePublishVolume', () => {
    throw refusal('busy');
  });
  await expect(newKubelet().mount(pod('a'), volume(), signal)).rejects.toThrow();
  const target = csiPaths.target('a', 'pvc-1');
  expect(await realpath(host.path(csiPaths.pods))).toBe(host.path(csiPaths.pods));
  expect((await lstat(host.path(target))).isSymbolicLink()).toBe(true);
  expect(existsSync(path)).toBe(true);
});

test('a driver that is not there keeps the volume where it is, until it is back', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  drivers.delete(name);
  expect(await failure(volumes.mount(pod('b'), volume(), signal))).toContain(
    `driver name ${name} not found in the list of registered CSI drivers`,
  );
  await expect(volumes.unmountPod('a', signal)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await volumes.pods()).toEqual(['a']);
  connect();
  await volumes.unmountPod('a', signal);
  expect(await left()).toEqual([]);
});

test('nothing below a path that the driver left mounted is removed', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  const target = csiPaths.target('a', 'pvc-1');
  await rm(host.path(target));
  await mkdir(host.path(target));
  await writeFile(join(host.path(target), 'data'), 'kept');
  const line = `30 1 259:0 / ${target} rw shared:1 - ext4 /dev/pmem0 rw\n`;
  await mkdir(host.path('/proc/self'), { recursive: true });
  await writeFile(host.path('/proc/self/mountinfo'), line);
  answers.set('nodeUnpublishVolume', () => 'done');
  expect(await failure(volumes.unmountPod('a', signal))).toContain(`has left ${target} mounted`);
  expect(await readFile(join(host.path(target), 'data'), 'utf8')).toBe('kept');
});

test('what is written down about a volume and cannot be read is left alone', async () => {
  await volumes.mount(pod('a'), volume(), signal);
  const file = host.path('/var/lib/kubelet/pods/a/volumes/kubernetes.io~csi/pvc-1/vol_data.json');
  await writeFile(file, '{"driverName":');
  expect(await failure(volumes.unmountPod('a', signal))).toContain('failed to parse volume data file');
  expect(driver.methods).toEqual(['nodeStageVolume', 'nodePublishVolume']);
});
