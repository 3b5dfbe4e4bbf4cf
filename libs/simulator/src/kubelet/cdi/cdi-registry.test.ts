import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { annotatedCdiDevices, CdiRegistry } from './cdi-registry.ts';
import { parseCdiSpec } from './cdi-spec.ts';

let folder: string;
let registry: CdiRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwcdi-'));
  registry = new CdiRegistry(new HostRoot(folder), silentLogger);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

function spec(env: string, devices: readonly string[] = ['cxi0'], kind = 'hpe.com/cxi'): string {
  return JSON.stringify({
    cdiVersion: '0.6.0',
    kind,
    containerEdits: { env: [`COMMON=${env}`] },
    devices: devices.map((name) => ({
      name,
      containerEdits: { env: [`DEVICE=${name}-${env}`], deviceNodes: [{ path: `/dev/${name}` }] },
    })),
  });
}

test('a device brings its own edits and, once, those common to its spec', async () => {
  await write('var/run/cdi/a.json', spec('x', ['cxi0', 'cxi1']));
  expect(registry.resolve(['hpe.com/cxi=cxi0', 'hpe.com/cxi=cxi1'])).toEqual({
    env: ['COMMON=x', 'DEVICE=cxi0-x', 'DEVICE=cxi1-x'],
    deviceNodes: [
      { path: '/dev/cxi0', hostPath: '/dev/cxi0' },
      { path: '/dev/cxi1', hostPath: '/dev/cxi1' },
    ],
    mounts: [],
  });
});

test('YAML is read as well, and names of files do not matter', async () => {
  await write(
    'etc/cdi/any.yaml',
    `cdiVersion: 0.5.0
kind: hpe.com/cxi
devices:
- name: "0"
  containerEdits:
    deviceNodes: [{path: /dev/cxi0, hostPath: /dev/real0}]
    mounts: [{hostPath: /lib/a.so, containerPath: /usr/lib/a.so, options: [ro, bind]}]
`,
  );
  expect(registry.resolve(['hpe.com/cxi=0'])).toEqual({
    env: [],
    deviceNodes: [{ path: '/dev/cxi0', hostPath: '/dev/real0' }],
    mounts: [{ hostPath: '/lib/a.so', containerPath: '/usr/lib/a.so' }],
  });
});

test('/var/run/cdi wins over /etc/cdi', async () => {
  await write('etc/cdi/a.json', spec('etc'));
  await write('var/run/cdi/a.json', spec('run'));
  expect(registry.resolve(['hpe.com/cxi=cxi0']).env).toContain('DEVICE=cxi0-run');
});

test('a device two specs of one folder define cannot be resolved', async () => {
  await write('etc/cdi/a.json', spec('a'));
  await write('etc/cdi/b.json', spec('b'));
  expect(() => registry.resolve(['hpe.com/cxi=cxi0'])).toThrow(/unresolvable CDI devices hpe.com\/cxi=cxi0/);
});

test('an unknown device is an error that names it; a broken file harms nobody else', async () => {
  await write('etc/cdi/a.json', spec('a'));
  await write('etc/cdi/broken.json', '{');
  await write('etc/cdi/notes.txt', spec('b', ['cxi9']));
  expect(registry.resolve(['hpe.com/cxi=cxi0']).env).toHaveLength(2);
  expect(() => registry.resolve(['hpe.com/cxi=cxi0', 'hpe.com/cxi=cxi9'])).toThrow(/hpe.com\/cxi=cxi9/);
});

test.each([
  ['no version', { cdiVersion: undefined }],
  ['a kind without class', { kind: 'hpe.com' }],
  ['no devices', { devices: [] }],
  ['a device twice', { devices: [{ name: 'a' }, { name: 'a' }] }],
  ['a device without name', { devices: [{}] }],
  ['a variable without value', { devices: [{ name: 'a', containerEdits: { env: ['X'] } }] }],
  ['a relative device node', { devices: [{ name: 'a', containerEdits: { deviceNodes: [{ path: 'x' }] } }] }],
  [
    'a mount without source',
    { devices: [{ name: 'a', containerEdits: { mounts: [{ containerPath: '/x' }] } }] },
  ],
])('a spec with %s is refused', (_, change) => {
  const good = { cdiVersion: '0.6.0', kind: 'hpe.com/cxi', devices: [{ name: 'a' }] };
  expect(parseCdiSpec(JSON.stringify(good), 'good').kind).toBe('hpe.com/cxi');
  expect(() => parseCdiSpec(JSON.stringify({ ...good, ...change }), 'bad')).toThrow(/^bad/);
});

test('devices are also named by annotations of the CDI prefix', () => {
  expect(annotatedCdiDevices({ 'cdi.k8s.io/x': 'a/b=c, a/b=d', other: 'a/b=e' })).toEqual(['a/b=c', 'a/b=d']);
});
