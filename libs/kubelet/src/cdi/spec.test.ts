import { describe, expect, test } from '@jest/globals';
import { checkCdiSpec } from './check.ts';
import { type CdiSpec, cdiFileName, cdiSpec, minimumVersion, qualifiedName } from './spec.ts';

const node = { deviceNodes: [{ path: '/dev/cxi0' }] };
const parts = { kind: 'hpe.com/cxi', devices: [{ name: 'cxi0', containerEdits: node }] };

describe('the version is the oldest that will do', () => {
  test.each<[string, string, Omit<CdiSpec, 'cdiVersion'>]>([
    ['0.3.0', 'plain nodes', parts],
    [
      '0.4.0',
      'a mount with a type',
      { ...parts, containerEdits: { mounts: [{ hostPath: '/a', containerPath: '/a', type: 'tmpfs' }] } },
    ],
    [
      '0.5.0',
      'a name that begins with a digit',
      { ...parts, devices: [{ name: '0', containerEdits: node }] },
    ],
    [
      '0.5.0',
      'a host path',
      { ...parts, containerEdits: { deviceNodes: [{ path: '/dev/x', hostPath: '/d/x' }] } },
    ],
    ['0.6.0', 'an annotation', { ...parts, annotations: { a: 'b' } }],
    [
      '0.6.0',
      'an annotation on a device',
      { ...parts, devices: [{ name: 'cxi0', annotations: { a: 'b' }, containerEdits: node }] },
    ],
    ['0.6.0', 'a dot in the class', { ...parts, kind: 'hpe.com/cxi.vf' }],
  ])('%s for %s', (version, _what, spec) => {
    expect(minimumVersion(spec)).toBe(version);
    expect(checkCdiSpec(cdiSpec(spec))).toEqual([]);
  });
});

test('devices come in natural order', () => {
  const names = ['cxi10', 'all', '10', 'cxi2', '2'];
  const devices = names.map((name) => ({ name, containerEdits: node }));
  expect(cdiSpec({ kind: 'hpe.com/cxi', devices }).devices.map(({ name }) => name)).toEqual([
    '2',
    '10',
    'all',
    'cxi2',
    'cxi10',
  ]);
});

test('names of devices and files', () => {
  expect(qualifiedName('hpe.com/cxi', 'cxi0')).toBe('hpe.com/cxi=cxi0');
  expect(cdiFileName('hpe.com/cxi')).toBe('hpe.com-cxi.yaml');
});

describe('what is wrong is named with its path', () => {
  const good = cdiSpec(parts);
  const edits = (containerEdits: object): unknown => ({ ...good, containerEdits });
  test.each<[string, unknown]>([
    ['the specification is not a mapping', []],
    ['the specification is not a mapping', null],
    ['kind: "cxi" is not vendor/class', { ...good, kind: 'cxi' }],
    ['kind: "hpe.com/-cxi" is not vendor/class', { ...good, kind: 'hpe.com/-cxi' }],
    ['devices: there is none', { ...good, devices: [] }],
    [
      'devices[0].name: "-x" is not a device name',
      { ...good, devices: [{ name: '-x', containerEdits: node }] },
    ],
    ['devices[1].name: "cxi0" is there twice', { ...good, devices: [...good.devices, ...good.devices] }],
    ['devices[0].containerEdits: is empty', { ...good, devices: [{ name: 'a', containerEdits: {} }] }],
    ['cdiVersion: "9.0.0" is not known', { ...good, cdiVersion: '9.0.0' }],
    ['cdiVersion: must be at least 0.5.0', { ...good, devices: [{ name: '0', containerEdits: node }] }],
    ['containerEdits.env[0]: "=x" is not NAME=VALUE', edits({ env: ['=x'] })],
    ['containerEdits.mounts: is not a list', edits({ mounts: {} })],
    [
      'containerEdits.mounts[0].hostPath: "lib" is not an absolute path',
      edits({ mounts: [{ hostPath: 'lib', containerPath: '/l' }] }),
    ],
    [
      'containerEdits.mounts[0].options[0]: is not a mount option',
      edits({ mounts: [{ hostPath: '/l', containerPath: '/l', options: [''] }] }),
    ],
    [
      'containerEdits.deviceNodes[0].path: "" is not an absolute path',
      edits({ deviceNodes: [{ path: '' }] }),
    ],
    [
      'containerEdits.deviceNodes[0].permissions: "rx" is not made of r, w and m',
      edits({ deviceNodes: [{ path: '/d', permissions: 'rx' }] }),
    ],
    [
      'containerEdits.hooks[0].hookName: "boot" is not known',
      edits({ hooks: [{ hookName: 'boot', path: '/x' }] }),
    ],
  ])('%s', (problem, spec) => {
    expect(checkCdiSpec(spec)).toEqual([problem]);
  });
});
