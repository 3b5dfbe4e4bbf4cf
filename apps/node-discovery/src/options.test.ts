import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '@rackwright/service';
import { options, rulesOf } from './options.ts';

function configOf(...argv: string[]) {
  return loadConfig(options, { argv: ['--node-name=n1', ...argv], env: {}, readFile: () => '' });
}

test('by default the rules are those of the specification', () => {
  const { pciVendors, ai100, firmware } = rulesOf(configOf());
  expect({ pciVendors, firmware }).toEqual({ pciVendors: ['1987', '1590', '17db'], firmware: ['EIFZ'] });
  expect(ai100).toMatchObject({
    match: 'ModelAndVendor',
    pciVendors: ['1987'],
    allowSerials: [],
    denySerials: [],
  });
  expect(ai100.modelPattern.test('PASCARI AI100E')).toBe(true);
});

test('what the chart gives when nothing is set is taken', () => {
  const flags = [
    '--ai100-model-pattern=',
    '--ai100-allow-serials=',
    '--ai100-deny-serials=',
    '--pci-vendors=',
  ];
  const { pciVendors, ai100 } = rulesOf(configOf(...flags));
  expect([pciVendors, ai100.allowSerials, ai100.denySerials]).toEqual([[], [], []]);
  expect(ai100.modelPattern.test('phison ai200')).toBe(true);
});

test('vendors may be written in capitals', () => {
  expect(rulesOf(configOf('--pci-vendors=17DB')).pciVendors).toEqual(['17db']);
});

test('without a check of the firmware there is none to compare with', () => {
  expect(rulesOf(configOf('--firmware-check=Skip'))).not.toHaveProperty('firmware');
});

describe('a value that makes no sense is refused by its flag', () => {
  test.each([
    '--pci-vendors=phison',
    '--ai100-pci-vendors=0x1987',
    '--ai100-model-pattern=(',
    `--ai100-model-pattern=${'a'.repeat(257)}`,
    '--firmware=EIFZ00.12',
    '--firmware-check=Perhaps',
    '--interval=10ms',
    '--mode=Nfd',
  ])('%s', (flag) => {
    expect(() => configOf(flag)).toThrow(flag.slice(0, flag.indexOf('=')));
  });
});
