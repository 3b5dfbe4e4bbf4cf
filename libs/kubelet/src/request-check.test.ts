import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Device } from './hardware-profile.ts';
import { checkAllocation, checkPreferredAllocation, checkPreStart } from './request-check.ts';

const offered: Device[] = [
  { ids: ['cxi0'], healthy: true, numaNodes: [0] },
  { ids: ['cxi1'], healthy: true, numaNodes: [1] },
  { ids: ['cxi2'], healthy: false, reason: 'the link is down', numaNodes: [] },
];
const refusal = (code: string, message: string): object => ({ code, message });

describe('Allocate', () => {
  test.each([
    ['a device twice', [['cxi0', 'cxi0']], 'InvalidArgument', 'device "cxi0" is named twice'],
    ['a device for two containers', [['cxi0'], ['cxi0']], 'InvalidArgument', 'device "cxi0" is named twice'],
    ['an unknown device', [['cxi0', 'cxi9']], 'NotFound', 'device "cxi9" is not known'],
    [
      'an unhealthy device',
      [['cxi2']],
      'FailedPrecondition',
      'device "cxi2" is not healthy: the link is down',
    ],
    [
      'far too many containers',
      Array.from({ length: 2000 }, () => ['x']),
      'InvalidArgument',
      'the request holds 2000 containers',
    ],
  ])('%s is refused by name', (_what, containers, code, message) => {
    expect(() => checkAllocation(containers, offered)).toThrow(
      expect.objectContaining(refusal(code, message)),
    );
  });

  test.each([
    ['healthy devices', [['cxi0'], ['cxi1']]],
    ['no container', []],
    ['a container that asks for nothing', [[], ['cxi0']]],
  ])('%s pass', (_, containers) => {
    expect(() => checkAllocation(containers, offered)).not.toThrow();
  });

  test('an odd id does not spoil the message', () => {
    const id = `${'\u001b'.repeat(3)}${'x'.repeat(500)}`;
    expect(() => checkAllocation([[id]], offered)).toThrow(
      /^device "\\u001b\\u001b\\u001bx{61}…" is not known$/,
    );
  });

  test('whatever is asked for, only known healthy devices named once pass', () => {
    const id = fc.constantFrom('cxi0', 'cxi1', 'cxi2', 'cxi9', '');
    fc.assert(
      fc.property(fc.array(fc.array(id)), (containers) => {
        const flat = containers.flat();
        const fine =
          new Set(flat).size === flat.length && flat.every((one) => one === 'cxi0' || one === 'cxi1');
        if (fine) expect(() => checkAllocation(containers, offered)).not.toThrow();
        else expect(() => checkAllocation(containers, offered)).toThrow();
      }),
    );
  });
});

describe('GetPreferredAllocation', () => {
  const ask = (available: string[], must: string[], size: number) =>
    checkPreferredAllocation(
      { availableDeviceIDs: available, mustIncludeDeviceIDs: must, allocationSize: size },
      offered,
    );

  test.each([
    ['a size below 0', ['cxi0'], [], -1, 'InvalidArgument', 'allocation size -1 is negative'],
    [
      'more than there are',
      ['cxi0'],
      [],
      2,
      'InvalidArgument',
      'allocation size 2 is more than the 1 available devices',
    ],
    [
      'less than must be included',
      ['cxi0', 'cxi1'],
      ['cxi0', 'cxi1'],
      1,
      'InvalidArgument',
      'allocation size 1 is less than the 2 devices to include',
    ],
    ['an unknown one to include', ['cxi0'], ['cxi9'], 1, 'NotFound', 'device "cxi9" is not known'],
    [
      'one to include that is not free',
      ['cxi0'],
      ['cxi1'],
      1,
      'InvalidArgument',
      'device "cxi1" must be included but is not available',
    ],
  ])('%s is refused by name', (_what, available, must, size, code, message) => {
    expect(() => ask(available, must, size)).toThrow(expect.objectContaining(refusal(code, message)));
  });

  test('a question for no device is fine, and what is named twice counts once', () => {
    expect(ask([], [], 0)).toEqual({ available: [], mustInclude: [], size: 0 });
    expect(ask(['cxi0', 'cxi0', 'cxi1'], ['cxi0', 'cxi0'], 1)).toEqual({
      available: ['cxi0', 'cxi1'],
      mustInclude: ['cxi0'],
      size: 1,
    });
  });

  test('a free device that has just vanished is left out, the others can still serve the pod', () => {
    expect(ask(['cxi0', 'cxi9', 'cxi1'], ['cxi1'], 2)).toEqual({
      available: ['cxi0', 'cxi1'],
      mustInclude: ['cxi1'],
      size: 2,
    });
  });
});

test('PreStartContainer with an unknown device is refused by name', () => {
  expect(() => checkPreStart([], offered)).not.toThrow();
  expect(() => checkPreStart(['cxi0', 'cxi9'], offered)).toThrow('device "cxi9" is not known');
});
