import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { extendedResourceName } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { loadConfig } from '@rackwright/service';
import { completeArguments } from './hpe-options.ts';
import { options } from './options.ts';
import { type Settings, settings } from './settings.ts';

const load = (argv: string[], env: NodeJS.ProcessEnv = {}): Settings =>
  settings(loadConfig(options, { argv: completeArguments(argv), env, readFile: () => '' }));
const sharing = (argv: string[], env?: NodeJS.ProcessEnv) => load(argv, env).resources[0]?.sharing;

test('the defaults: physical NICs shared by 100 pods under two names, virtual functions one each', () => {
  const shared = { mode: 'shared', capacity: 100 };
  expect(load([])).toEqual({
    resources: [
      { resource: 'hpe.com/cxi', kind: 'pf', sharing: shared },
      { resource: 'beta.hpe.com/cxi', kind: 'pf', sharing: shared },
      { resource: 'hpe.com/cxi-vf', kind: 'vf', sharing: { mode: 'exclusive' } },
    ],
    allocateMode: 'device-nodes',
    fullScanMs: 30_000,
    notices: [],
  });
});

test('the environment of older operators is read', () => {
  const env = { RESOURCE_NAME: 'a.b/c', SHARING_MODE: 'shared', SHARED_CAPACITY: '7' };
  expect(load([], env).resources[0]).toEqual({
    resource: 'a.b/c',
    kind: 'pf',
    sharing: { mode: 'shared', capacity: 7 },
  });
});

test.each([
  [
    ['--legacy-resource-name=hpe.com/cxi'],
    '--legacy-resource-name: hpe.com/cxi is the name of another resource',
  ],
  [['--vf-resource-name=hpe.com/cxi'], '--vf-resource-name: hpe.com/cxi is the name of another resource'],
  [
    ['--resource-name=cxi'],
    '--resource-name (or RESOURCE_NAME in the environment): "cxi" must be a name like hpe.com/cxi',
  ],
  [[`--resource-name=hpe.com/${'x'.repeat(64)}`], 'at most 244 characters before the slash and 63 after it'],
  [['--vf-resource-name=requests.hpe.com/cxi'], 'no requests. before it'],
  [['--legacy-resource-name=mykubernetes.io/cxi'], 'outside kubernetes.io'],
  [[`--kubelet-dir=/${'d'.repeat(69)}`], '--kubelet-dir (or KUBELET_DIR in the environment)'],
  [[`--kubelet-dir=/${'d'.repeat(69)}`], 'must have at most 69 bytes, for unix sockets'],
  [[`--pod-resources-socket=/${'d'.repeat(107)}`], 'must have at most 107 bytes, for unix sockets'],
  [['--resource-name='], '--resource-name (or RESOURCE_NAME in the environment) is required'],
  [['--shared-capacity=0'], 'must be within 1 and 10000'],
  [['--sharing-mode=both'], 'shared'],
  [['--allocate-mode=cdi-inline'], 'device-nodes'],
  [['--cdi-dir=cdi'], 'must be an absolute path'],
])('%j is refused with what is wrong', (argv, message) => {
  expect(() => load(argv)).toThrow(
    expect.objectContaining({ code: 'InvalidArgument', message: expect.stringContaining(message) }),
  );
});

test('any name the kubelet takes is a resource, and the longest --root-dir of a kubelet is enough for it', () => {
  const long = `${'d.'.repeat(121)}dd/${'x'.repeat(63)}`;
  const folder = `/${'d'.repeat(kubelet.maxRootDir - 1)}/${kubelet.devicePlugins}`;
  expect(load([`--resource-name=${long}`, `--kubelet-dir=${folder}`]).resources[0]?.resource).toBe(long);
  expect(() => load([`--kubelet-dir=${folder}d`])).toThrow('must have at most 69 bytes');
});

test('the chart refuses the names that the plugin refuses', () => {
  const url = new URL('../../../charts/cxi-device-plugin/values.schema.json', import.meta.url);
  const { plugin, kubelet: folders } = JSON.parse(readFileSync(url, 'utf8')).properties;
  const { form, domain, reserved } = extendedResourceName;
  const rule = { pattern: form, allOf: [{ pattern: domain }], not: { pattern: reserved } };
  expect(plugin.properties.resourceName).toMatchObject(rule);
  for (const name of ['legacyResourceName', 'vfResourceName']) {
    expect(plugin.properties[name].anyOf).toEqual([{ const: '' }, rule]);
  }
  expect(folders.properties.rootDir.maxLength).toBe(kubelet.maxRootDir);
});

test('the CDI modes keep their file in the folder given', () => {
  expect(load(['--allocate-mode=cdi-cri', '--cdi-dir=/etc/cdi'])).toMatchObject({
    allocateMode: 'cdi-cri',
    cdiFile: '/etc/cdi/hpe.com-cxi.yaml',
  });
});

describe("HPE's options", () => {
  const image = ['-logtostderr=true', '-stderrthreshold=INFO', '-v=5'];

  test('the command line of its image starts ours, with a notice of what is ignored', () => {
    expect(load(image).notices).toEqual([
      '--logtostderr, --stderrthreshold and --v have no effect: see --log-level',
    ]);
    expect(sharing(image)).toEqual({ mode: 'shared', capacity: 100 });
  });

  test('-pulse: one pod per NIC as there, and the scan interval', () => {
    expect(load(['-pulse', '10'])).toMatchObject({
      fullScanMs: 10_000,
      notices: ["options of HPE's device plugin are in use: sharing is exclusive"],
    });
    expect(sharing(['-pulse=0'])).toEqual({ mode: 'exclusive' });
    expect(load(['-pulse=0']).fullScanMs).toBe(30_000);
  });

  test.each([
    ['0', { mode: 'exclusive' }],
    ['1', { mode: 'exclusive' }],
    ['8', { mode: 'shared', capacity: 8 }],
  ])('CXI_VIRTUAL_DEVICES=%s', (value, expected) => {
    expect(sharing([], { CXI_VIRTUAL_DEVICES: value })).toEqual(expected);
  });

  test.each([
    [['-enable-cdi', '-pulse=1'], '/etc/cdi/hpe.com-cxi.yaml'],
    [['--enable-cdi=/var/run/cdi/nic.yaml'], '/var/run/cdi/nic.yaml'],
  ])('%j copies the edits of the file', (argv, cdiFile) => {
    expect(load(argv)).toMatchObject({ allocateMode: 'cdi-inline', cdiFile });
  });

  test('-enable-cdi with something that is no file is refused', () => {
    expect(() => load(['-enable-cdi=true'])).toThrow('must be the absolute path of a .yaml file');
  });
});
