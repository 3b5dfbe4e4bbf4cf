import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NvmeController } from './controllers.ts';
import { unitIds } from './unit-ids.ts';

const drive = (name: string, serial?: string, wwid?: string): NvmeController => ({
  name,
  servesBlocks: true,
  pciAddress: `0000:${name.slice(4).padStart(2, '0')}:00.0`,
  ...(serial !== undefined && { serial }),
  namespaces: [{ name: `${name}n1`, readOnly: false, ...(wwid !== undefined && { wwid }) }],
});

test('a drive keeps its id when the kernel numbers it anew', () => {
  const before = unitIds([drive('nvme1', 'AI1E2T0240000001'), drive('nvme2', 'AI1E2T0240000002')]);
  const after = unitIds([drive('nvme2', 'AI1E2T0240000001'), drive('nvme1', 'AI1E2T0240000002')]);
  expect(before.ids.get('nvme1')).toBe('ai100-ai1e2t0240000001');
  expect(after.ids.get('nvme2')).toBe('ai100-ai1e2t0240000001');
  expect(before.ambiguous).toEqual([]);
});

test('drives with one serial number, or none, go by what else tells them apart, and it is said', () => {
  const { ids, ambiguous } = unitIds([
    drive('nvme0', 'SAME', 'eui.1'),
    drive('nvme1', 'SAME', 'eui.2'),
    drive('nvme2', undefined, 'eui.3'),
    drive('nvme3', 'OTHER'),
  ]);
  expect(new Set(ids.values()).size).toBe(4);
  expect(ids.get('nvme3')).toBe('ai100-other');
  expect(ambiguous).toEqual(['SAME', '']);
});

test('any drives have ids of their own that the kubelet takes', () => {
  const serials = fc.array(fc.option(fc.string({ maxLength: 20 }), { nil: undefined }), { maxLength: 8 });
  fc.assert(
    fc.property(serials, (list) => {
      const { ids } = unitIds(list.map((serial, i) => drive(`nvme${i}`, serial, `eui.${i}`)));
      expect(new Set(ids.values()).size).toBe(list.length);
      for (const id of ids.values()) expect(id).toMatch(/^ai100-[a-z0-9-]{1,57}$/);
    }),
  );
});
