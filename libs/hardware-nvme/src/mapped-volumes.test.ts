import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder, put, putText } from '../../host/src/testing/tree.ts';
import { scanMappedVolumes, volumeNames } from './mapped-volumes.ts';

const uuid = 'Vg0123456789012345678901234567vgLv0123456789012345678901234567lv';

test('an active volume is read with its names, its id and what it lies on; other mappings are not', () => {
  const root = folder();
  const texts = {
    'dm/name': 'vg--a-cache',
    'dm/uuid': `LVM-${uuid}`,
    'dm/suspended': '0',
    dev: '253:0',
    size: '8192',
  };
  for (const [file, text] of Object.entries(texts)) putText(root, `/sys/block/dm-0/${file}`, `${text}\n`);
  for (const slave of ['nvme1n1', 'nvme2n1']) put(root, `/sys/block/dm-0/slaves/${slave}`, folder());
  putText(root, '/sys/block/dm-1/dm/name', 'luks-home\n');
  putText(root, '/sys/block/dm-1/dm/uuid', 'CRYPT-LUKS2-1\n');
  expect(scanMappedVolumes(new MemoryFiles(root))).toEqual([
    {
      ...{ vg: 'vg-a', lv: 'cache', uuid: 'Lv0123-4567-8901-2345-6789-0123-4567lv', device: '253:0' },
      ...{ sizeBytes: 4_194_304n, suspended: false, slaves: ['nvme1n1', 'nvme2n1'] },
    },
  ]);
});

test('whatever names group and volume have, they are told apart', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,20}$/);
  const escaped = (text: string): string => text.replaceAll('-', '--');
  fc.assert(
    fc.property(name, name, (vg, lv) => {
      // LVM takes no name that ends in a hyphen beside one that begins with it.
      fc.pre(!vg.endsWith('-'));
      expect(volumeNames(`${escaped(vg)}-${escaped(lv)}`)).toEqual({ vg, lv });
    }),
  );
});
