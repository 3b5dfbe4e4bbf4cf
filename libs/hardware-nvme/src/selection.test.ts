import { expect, test } from '@jest/globals';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder } from '../../host/src/testing/tree.ts';
import { defaultAi100Pattern } from './ai100.ts';
import { nvmeControllers } from './controllers.ts';
import { scanNvme } from './scan.ts';
import { type SelectionRules, selectDrives } from './selection.ts';
import { putDisk } from './testing/ai100-host.ts';

const rules: SelectionRules = {
  rule: {
    match: 'ModelAndVendor',
    modelPattern: new RegExp(defaultAi100Pattern, 'i'),
    pciVendors: ['1987'],
    allowSerials: [],
    denySerials: [],
  },
  firmwareCheck: 'Enforce',
  firmwareAllowed: ['EIFZ'],
};

/** Two drives as on host A, the second one with other attributes. */
function drives(attributes: Record<string, string>) {
  const root = folder();
  putDisk(root, { number: 1, attributes: { serial: 'AI1E2T0240000001' } });
  putDisk(root, { number: 2, attributes: { serial: 'AI1E2T0240000002', ...attributes } });
  return nvmeControllers(scanNvme(new MemoryFiles(root))).map((drive) => ({
    ...drive,
    namespaces: [{ name: `${drive.name}n1`, nsid: 1, readOnly: false }],
  }));
}

const seen = (attributes: Record<string, string>, changes: Partial<SelectionRules> = {}) =>
  selectDrives(drives(attributes), { ...rules, ...changes }).map(({ eligible, reason, message }) =>
    eligible ? `eligible${message && `: ${message}`}` : `${reason}: ${message}`,
  );

test('two healthy drives are eligible', () => {
  expect(seen({})).toEqual(['eligible', 'eligible']);
});

test('a drive with other firmware is refused, warned of or let through, as the policy says', () => {
  const attributes = { firmware_rev: 'EIFM31.6' };
  const message = 'firmware EIFM31.6 is not allowed; allowed are EIFZ';
  expect(seen(attributes)).toEqual(['eligible', `FirmwareMismatch: ${message}`]);
  expect(seen(attributes, { firmwareCheck: 'Warn' })).toEqual(['eligible', `eligible: ${message}`]);
  expect(seen(attributes, { firmwareCheck: 'Skip' })).toEqual(['eligible', 'eligible']);
});

test('a revision that cannot be read is refused', () => {
  expect(seen({ firmware_rev: '' })[1]).toBe(
    'FirmwareMismatch: the firmware revision cannot be read; allowed are EIFZ',
  );
});

test('other disks, fabrics and doubtful serials are refused with the reason', () => {
  expect(seen({ model: 'Sabrent Rocket 4.0 1TB' })[1]).toBe(
    'NotAi100: model Sabrent Rocket 4.0 1TB with these PCI ids is no AI100 by the rule',
  );
  expect(seen({ transport: 'tcp' })[1]).toBe('NotPcie: nvme2 is connected by tcp, not by PCIe');
  expect(seen({ serial: 'AI1E2T0240000001' })).toEqual([
    'DuplicateSerial: several drives have the serial AI1E2T0240000001',
    'DuplicateSerial: several drives have the serial AI1E2T0240000001',
  ]);
  expect(seen({ serial: '' })[1]).toBe('DuplicateSerial: nvme2 has no serial number');
  const rule = { ...rules.rule, denySerials: ['AI1E2T0240000002'] };
  expect(seen({}, { rule })[1]).toBe('SerialDenied: serial AI1E2T0240000002 is among the denied ones');
});

test('a dead drive has no namespace', () => {
  const [first] = drives({});
  if (first === undefined) throw new Error('no drive');
  expect(selectDrives([{ ...first, namespaces: [] }], rules)[0]).toMatchObject({ reason: 'NoNamespace' });
});
