import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseLvmReport } from './parse-report.ts';

const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', 'testdata', name), 'utf8');

test('a recorded report of volumes that are not active', () => {
  const { vgs, pvs, lvs } = parseLvmReport(recorded('fullreport-host.json'));
  expect(vgs).toEqual([
    {
      name: 'vgt',
      uuid: 'QdRUGe-D5ZM-biEW-1h6N-e4SQ-MyBq-deR9TS',
      seqno: 4,
      systemId: '',
      tags: [],
      sizeBytes: 1065353216n,
      freeBytes: 897581056n,
      extentBytes: 4194304n,
      missingPvs: 0,
      exported: false,
    },
  ]);
  expect(pvs.map(({ name, vg, missing, duplicate }) => ({ name, vg, missing, duplicate }))).toEqual([
    { name: '/dev/loop0', vg: 'vgt', missing: false, duplicate: false },
    { name: '/dev/loop1', vg: 'vgt', missing: false, duplicate: false },
  ]);
  expect(
    lvs.map(({ name, stripes, stripeBytes, devices, active }) => [
      name,
      stripes,
      stripeBytes,
      devices,
      active,
    ]),
  ).toEqual([
    ['l1', 1, 0n, ['/dev/loop0'], false],
    ['s1', 2, 65536n, ['/dev/loop0', '/dev/loop1'], false],
  ]);
});

test('a recorded report of a machine whose volumes are active', () => {
  const { vgs, lvs } = parseLvmReport(recorded('fullreport-vm.json'));
  expect(vgs.length).toBeGreaterThan(0);
  expect(lvs.length).toBeGreaterThan(0);
  for (const { active, device } of lvs)
    expect([active, /^\d+:\d+$/.test(device ?? '')]).toEqual([true, true]);
});

test('a recorded report after a drive of a striped volume was pulled', () => {
  const { vgs, pvs, lvs } = parseLvmReport(recorded('fullreport-pulled.json'));
  expect(vgs).toMatchObject([{ name: 'vg_aidaptiv', tags: ['ai100.managed'], missingPvs: 1 }]);
  expect(pvs.map(({ name, missing }) => [name, missing])).toEqual([
    ['/dev/nvme0n1', false],
    ['[unknown]', true],
  ]);
  expect(lvs).toMatchObject([
    { name: 'cache', tags: ['ai100.ready'], stripes: 2, active: false, partial: true, health: 'partial' },
  ]);
});

const report = (section: object): string => JSON.stringify({ report: [section] });
const volume = (lv: object, seg: object = {}) =>
  parseLvmReport(
    report({ vg: [{ vg_name: 'v' }], lv: [{ lv_uuid: 'u', ...lv }], seg: [{ lv_uuid: 'u', ...seg }] }),
  ).lvs[0];

test('json_std has bare numbers and lists', () => {
  const { vgs, pvs } = parseLvmReport(
    report({
      vg: [{ vg_name: 'v', vg_tags: ['ai100.managed', 'x'], vg_size: 4000795590656, vg_missing_pv_count: 1 }],
      pv: [{ pv_name: '/dev/nvme1n1', pv_missing: 0, pv_duplicate: 1 }],
    }),
  );
  expect(vgs[0]).toMatchObject({ tags: ['ai100.managed', 'x'], sizeBytes: 4000795590656n, missingPvs: 1 });
  expect(pvs[0]).toMatchObject({ missing: false, duplicate: true });
});

test('a volume with a missing disk is partial, by either sign', () => {
  expect(volume({ lv_health_status: 'partial' })).toMatchObject({ partial: true, health: 'partial' });
  expect(volume({ lv_attr: '-wi-a---p-' })).toMatchObject({ partial: true });
  expect(volume({ lv_attr: '-wi-ao----' })).toMatchObject({ partial: false });
});

test('what is no report is an error, junk in a report is not', () => {
  expect(() => parseLvmReport('  WARNING: nothing')).toThrow('printed no JSON');
  expect(() => parseLvmReport('{}')).toThrow('printed no report');
  fc.assert(
    fc.property(fc.jsonValue(), (section) => {
      const { pvs, vgs, lvs } = parseLvmReport(JSON.stringify({ report: [section] }));
      expect([pvs, vgs, lvs].every(Array.isArray)).toBe(true);
    }),
  );
});
