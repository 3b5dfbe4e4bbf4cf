import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { errorMessage, ManualClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import type { ConfigMap, KubeClient, KubeObject, PersistentVolume, Secret } from '@rackwright/kube';
import type { Pod, Volume } from '../pod-model.ts';
import { hostPathSource } from './host-path.ts';
import type { PayloadInput } from './payload.ts';
import { PodVolumes } from './pod-volumes.ts';
import { TokenCache } from './tokens.ts';

let folder: string;
let host: HostRoot;
let volumes: PodVolumes;
let configMap: ConfigMap | undefined;
let secret: Secret | undefined;
const clock = new ManualClock();
const { signal } = new AbortController();
let issued: number;
const objects = new Map<string, KubeObject>();

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rwpv-')));
  host = new HostRoot(join(folder, 'host'));
  await mkdir(host.prefix);
  volumes = new PodVolumes({
    ...{ uid: 'u', folder: join(folder, 'volumes'), host },
    claims: {
      get: (type, { name }) => {
        const found = objects.get(`${type.plural}/${name}`);
        return found === undefined
          ? Promise.reject(new Error(`no ${name}`))
          : Promise.resolve(found as never);
      },
    },
    csi: {
      mount: (_, { name }) => Promise.reject(new Error(`no driver for ${name}`)),
      expand: () => Promise.resolve(false),
      unmountPod: () => Promise.resolve(),
    },
  });
  objects.clear();
  configMap = { data: { a: '1', b: '2' }, binaryData: { c: Buffer.from([1]).toString('base64') } };
  secret = { data: { password: Buffer.from('x').toString('base64') } };
  issued = 0;
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const client = {
  createToken: (_: unknown, spec: { expirationSeconds?: number }) => {
    issued += 1;
    const expires = clock.now() + (spec.expirationSeconds ?? 0) * 1000;
    return Promise.resolve({
      token: `token-${issued}`,
      expirationTimestamp: new Date(expires).toISOString(),
    });
  },
} as unknown as KubeClient;

const tokens = new TokenCache(client, clock);
let uid = 0;

function input(...list: Volume[]): PayloadInput {
  const pod: Pod = {
    metadata: { name: 'p', namespace: 'ns', uid: `u${++uid}`, labels: { app: 'x' } },
    spec: { containers: [{ name: 'c', resources: { limits: { cpu: 2 } } }], volumes: list },
  };
  return {
    ...{ pod, tokens, addresses: { hostIp: 'h', podIp: 'p' }, node: { cpu: 1, memory: 1 } },
    objects: { configMap: () => Promise.resolve(configMap), secret: () => Promise.resolve(secret) },
  };
}

async function path(name: string, subPath?: string): Promise<string> {
  const mount = { name, mountPath: '/m', ...(subPath === undefined ? {} : { subPath }) };
  const [found] = await volumes.mounts({ volumeMounts: [mount] }, {});
  return found?.source ?? '';
}

async function text(name: string, file: string): Promise<string> {
  return readFile(join(await path(name), file), 'utf8');
}

test('a ConfigMap, whole or by keys, follows its object', async () => {
  const given = input(
    { name: 'all', configMap: { name: 'cm' } },
    { name: 'some', configMap: { name: 'cm', items: [{ key: 'a', path: 'x/y', mode: 0o400 }] } },
  );
  expect(await volumes.refresh(given, signal)).toEqual([]);
  expect(await text('all', 'b')).toBe('2');
  expect(await readFile(join(await path('all'), 'c'))).toEqual(Buffer.from([1]));
  expect((await stat(join(await path('some'), 'x/y'))).mode & 0o777).toBe(0o400);
  configMap = { data: { a: 'new' } };
  await volumes.refresh(given, signal);
  expect(await text('all', 'a')).toBe('new');
  expect(await text('some', 'x/y')).toBe('new');
});

test('the token, authority and namespace every pod gets', async () => {
  const sources = [
    { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'a', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    { secret: { name: 's' } },
  ];
  expect(await volumes.refresh(input({ name: 'api', projected: { sources } }), signal)).toEqual([]);
  expect(await text('api', 'token')).toBe('token-1');
  expect((await stat(join(await path('api'), 'token'))).mode & 0o777).toBe(0o600);
  expect([
    await text('api', 'ca.crt'),
    await text('api', 'namespace'),
    await text('api', 'password'),
  ]).toEqual([...['1', 'ns', 'x']]);
});

test('a token is renewed after four fifths of its life', async () => {
  const given = input({
    name: 't',
    projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 1000 } }] },
  });
  await volumes.refresh(given, signal);
  await clock.advance(799_000);
  await volumes.refresh(given, signal);
  expect(await text('t', 'token')).toBe('token-1');
  await clock.advance(2_000);
  await volumes.refresh(given, signal);
  expect(await text('t', 'token')).toBe('token-2');
});

test('the downward API as a volume', async () => {
  const items = [
    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
    { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu' } },
  ];
  await volumes.refresh(input({ name: 'd', downwardAPI: { items } }), signal);
  expect([await text('d', 'labels'), await text('d', 'cpu')]).toEqual(['app="x"', '2']);
});

test('a missing object fails its own volume only, unless it is optional', async () => {
  configMap = undefined;
  const failures = await volumes.refresh(
    input(
      { name: 'need', configMap: { name: 'cm' } },
      { name: 'may', configMap: { name: 'cm', optional: true } },
      { name: 'secret', secret: { secretName: 's' } },
      { name: 'claim', persistentVolumeClaim: { claimName: 'x' } },
    ),
    signal,
  );
  expect(failures.map(({ volume, error }) => [volume, errorMessage(error)])).toEqual([
    ['need', expect.stringContaining('configmap "cm" not found')],
    ['claim', expect.stringContaining('no x')],
  ]);
  expect(['need', 'may', 'secret', 'claim'].map((name) => volumes.has(name))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test('an emptyDir is writable, shared and goes with the pod', async () => {
  const given = input({ name: 'e', emptyDir: {} });
  await volumes.refresh(given, signal);
  await writeFile(join(await path('e'), 'f'), 'x');
  await volumes.refresh(given, signal);
  expect(await text('e', 'f')).toBe('x');
  const place = await path('e');
  await volumes.remove(signal);
  await expect(stat(place)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a subPath is a place inside the volume, made if missing, and never outside', async () => {
  await volumes.refresh(
    input({ name: 'e', emptyDir: {} }, { name: 'cm', configMap: { name: 'cm' } }),
    signal,
  );
  expect(await path('e', 'a/b')).toBe(join(await path('e'), 'a/b'));
  expect(await readFile(await path('cm', 'a'), 'utf8')).toBe('1');
  await expect(path('e', '../x')).rejects.toMatchObject({ code: 'InvalidArgument' });
});

test('host paths lie below the node’s root, links included', async () => {
  await mkdir(host.path('/run/x'), { recursive: true });
  await mkdir(host.path('/var'));
  await symlink('/run', host.path('/var/run'));
  expect(await hostPathSource(host, { path: '/var/run/x', type: 'Directory' })).toBe(host.path('/run/x'));
  expect(await hostPathSource(host, { path: '/var/run/new/deep', type: 'DirectoryOrCreate' })).toBe(
    host.path('/run/new/deep'),
  );
  expect(await hostPathSource(host, { path: '/plain' })).toBe(host.path('/plain'));
  expect(await hostPathSource(host, { path: '/run/f', type: 'FileOrCreate' })).toBe(host.path('/run/f'));
});

test.each([
  ['Directory', '/none'],
  ['Directory', '/file'],
  ['File', '/dir'],
  ['File', '/none'],
  ['Socket', '/file'],
  ['CharDevice', '/file'],
  ['BlockDevice', '/dir'],
] as const)('a host path that is not of type %s is refused: %s', async (type, name) => {
  await mkdir(host.path('/dir'));
  await writeFile(host.path('/file'), '');
  await expect(hostPathSource(host, { path: name, type })).rejects.toMatchObject({
    code: 'FailedPrecondition',
  });
});

test('a file in /dev of a simulated host passes for a device', async () => {
  await mkdir(host.path('/dev'));
  await writeFile(host.path('/dev/cxi0'), '');
  expect(await hostPathSource(host, { path: '/dev/cxi0', type: 'CharDevice' })).toBe(host.path('/dev/cxi0'));
});

/** A claim `c` bound to volume `v`. */
function bind(spec: PersistentVolume['spec']): void {
  const claim = { metadata: { uid: 'c1' }, spec: { volumeName: 'v' }, status: { phase: 'Bound' } };
  objects.set('persistentvolumeclaims/c', claim);
  const metadata = { name: 'v' };
  const volume: PersistentVolume = { metadata, spec: { claimRef: { uid: 'c1' }, ...spec } };
  objects.set('persistentvolumes/v', volume);
}

test.each([
  ['local', { local: { path: '/disk/v' } }],
  ['hostPath', { hostPath: { path: '/disk/v', type: 'DirectoryOrCreate' as const } }],
])('a claim leads to the folder of its %s volume, and what is there stays', async (_, spec) => {
  await mkdir(host.path('/disk/v'), { recursive: true });
  await writeFile(host.path('/disk/v/data'), 'kept');
  bind(spec);
  const given = input({ name: 'data', persistentVolumeClaim: { claimName: 'c' } });
  expect(await volumes.refresh(given, signal)).toEqual([]);
  expect(await text('data', 'data')).toBe('kept');
  await volumes.remove(signal);
  expect(await readFile(host.path('/disk/v/data'), 'utf8')).toBe('kept');
});

test('a claim without a volume, with one of another claim, or with one that cannot be had here is not mounted', async () => {
  const given = input({ name: 'data', persistentVolumeClaim: { claimName: 'c' } });
  const failure = async (): Promise<string> => errorMessage((await volumes.refresh(given, signal))[0]?.error);
  expect(await failure()).toContain('error processing PVC ns/c: failed to fetch PVC from API server: no c');
  objects.set('persistentvolumeclaims/c', { metadata: {}, status: { phase: 'Pending' } } as KubeObject);
  expect(await failure()).toContain('error processing PVC ns/c: PVC is not bound');
  bind({ claimRef: { uid: 'another' }, hostPath: { path: '/' } });
  expect(await failure()).toContain(
    'PV object v but its pv.Spec.ClaimRef.UID another does not point to claim.UID c1',
  );
  bind({ local: { path: '/disk/gone' } });
  expect(await failure()).toContain('/disk/gone does not exist');
  bind({ csi: { driver: 'd', volumeHandle: 'h' } });
  expect(await failure()).toContain('no driver for v');
  expect(volumes.has('data')).toBe(false);
});
