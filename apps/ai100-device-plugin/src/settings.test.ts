import { describe, expect, test } from '@jest/globals';
import { commonOptions, loadConfig } from '@rackwright/service';
import { options } from './options/index.ts';
import { type Settings, settings } from './settings.ts';

function settingsOf(...argv: string[]): Settings {
  const sources = { argv, env: {}, readFile: () => '' };
  return settings(loadConfig({ ...commonOptions, ...options }, sources));
}

test('without flags the cache of EIFZ drives is at /mnt/nvme0, in containers too', () => {
  const { hostPath, podPath, readyMadeDevice, selection } = settingsOf();
  expect([hostPath, podPath, readyMadeDevice]).toEqual(['/mnt/nvme0', '/mnt/nvme0', undefined]);
  expect(selection).toMatchObject({
    rule: { match: 'ModelAndVendor', pciVendors: ['1987'] },
    firmwareCheck: 'Enforce',
    firmwareAllowed: ['EIFZ'],
  });
});

describe("the older plugin's flags", () => {
  test.each([
    [['-m', '/mnt/cache'], { hostPath: '/mnt/cache', podPath: '/mnt/cache' }],
    [['-m=/mnt/cache', '--p', '/cache'], { hostPath: '/mnt/cache', podPath: '/cache' }],
    [['--cache-host-path=/a', '-m', '/b', '--cache-pod-path=/c'], { hostPath: '/b', podPath: '/c' }],
    [['-m', '/dev/md0'], { hostPath: '/mnt/nvme0', readyMadeDevice: '/dev/md0' }],
    [
      ['-f', 'EIFM,EIFZ00.1'],
      { selection: { firmwareCheck: 'Enforce', firmwareAllowed: ['EIFM', 'EIFZ00.1'] } },
    ],
    [['--firmware-check=Skip', '-f=EIFM'], { selection: { firmwareCheck: 'Enforce' } }],
    [['-skip_firmware_check'], { selection: { firmwareCheck: 'Skip', rule: { match: 'AnyNvme' } } }],
    [['--skip_firmware_check=false'], { selection: { firmwareCheck: 'Enforce' } }],
    [['-m', '/a', '-m', '/a'], { hostPath: '/a' }],
  ])('%j', (argv, expected) => expect(settingsOf(...argv)).toMatchObject(expected));

  test('-skip_firmware_check wins over -f, and says so', () => {
    const { selection, notices } = settingsOf('-f', 'EIFM', '-skip_firmware_check');
    expect(selection.firmwareCheck).toBe('Skip');
    expect(notices).toEqual(['-f has no effect beside -skip_firmware_check: no firmware is checked']);
  });
});

test('of a list that is given twice the last one counts, as arguments come after what the cluster says', () => {
  const { selection } = settingsOf(
    ...['--firmware=EIFZ', '--pci-vendors=1987,1234', '--deny-serials=A'],
    ...['--firmware=EIFM', '--pci-vendors', '1590', '--deny-serials='],
  );
  expect(selection).toMatchObject({
    firmwareAllowed: ['EIFM'],
    rule: { pciVendors: ['1590'], denySerials: [] },
  });
});

test.each([
  [['-x'], /unknown flag/],
  [['-m', ''], /--m: "" must be an absolute path/],
  [['-m'], /--m needs a value/],
  [['-m', 'mnt/nvme0'], /must be an absolute path/],
  [['-m', '/'], /must not be \//],
  [['-m', '/etc/cache'], /must not be \/etc or below it/],
  [['-m', '/mnt/../etc'], /without empty parts, dots/],
  [['-m', '/dev/../etc'], /path of a block device/],
  [['-m', '/a', '-m', '/b'], /--m is given twice, as "\/a" and "\/b"/],
  [['-p', 'cache'], /must be an absolute path/],
  [['--recovery-actions=Rescan,Rebuild'], /Rebuild needs --cache-data-policy=Ephemeral/],
  [['--recovery-actions=Rebuild', '--cache-data-policy=Preserve'], /gives the data of the cache up/],
  [['--recovery-actions=EvictConsumers'], /--recovery-actions.*EvictConsumers/],
  [['--recovery-first-wait=0s'], /whole seconds from 1s to 1800s/],
  [['-f', ''], /must have 1 to 16 entries/],
  [['-f', 'EIFZ00.12'], /one to eight printable characters/],
  [['-skip_firmware_check', '-skip_firmware_check=false'], /given twice/],
  [['-skip_firmware_check', 'true'], /unexpected argument/],
  [['--cache-stripe-size-kib=100'], /power of two/],
  [['--cache-mount-options=noatime,ro'], /must not hold ro/],
  [['--cache-volume-group=-vg'], /--cache-volume-group/],
  [['--cache-expected-devices=1', '--cache-min-devices=2'], /at least --cache-min-devices/],
  [['--health-poll=5s', '--health-command-timeout=5s'], /shorter than --health-poll/],
  [['--allow-serials=A', '--deny-serials=A'], /both name A/],
  [['--unhealthy-on-warning-bits=6'], /numbers from 0 to 5/],
  [['--injection=CDI', '--cache-layout=PerDevice'], /CDI needs --cache-layout=Striped/],
])('%j is refused', (argv, message) => expect(() => settingsOf(...argv)).toThrow(message));
