import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Volume } from '../volumes/model.ts';
import { findOrphans, type Inventory, inBoth } from './compare.ts';

const parameters = {
  eraseAfter: true,
  kataContainers: false,
  usage: 'AppDirect',
  persistency: 'normal',
} as const;
const volume = (id: string, change: Partial<Volume> = {}): Volume => ({
  ...{ id, name: `pvc-${id}`, size: 4096n, deviceMode: 'lvm', parameters },
  ...{ formatting: false, deleting: false },
  ...change,
});
const device = (id: string, mode = 'lvm' as const) => ({ id, mode });
const pv = (handle: string, claim = '') => ({ name: `pv-${handle}`, handle, claim });
const nothing: Inventory = {
  volumes: [],
  unreadable: [],
  devices: [],
  modes: ['lvm'],
  persistentVolumes: [],
};
const found = (change: Partial<Inventory>): string[] =>
  findOrphans({ ...nothing, ...change }).map(({ kind, id, note }) => `${kind} ${id}: ${note}`);

describe('orphans', () => {
  test('a volume with state file, device and PersistentVolume is none', () => {
    expect(found({ volumes: [volume('a')], devices: [device('a')], persistentVolumes: [pv('a')] })).toEqual(
      [],
    );
  });

  test('each part without the rest is named', () => {
    expect(
      found({
        volumes: [volume('made'), volume('gone'), volume('nameless', { name: '' })],
        unreadable: ['torn'],
        devices: [device('made'), device('nameless'), device('stray'), device('torn')],
        persistentVolumes: [pv('gone'), pv('lost', 'team/data'), pv('nameless')],
      }),
    ).toEqual([
      'NoDevice gone: in mode lvm',
      'NoVolume lost: of pv-lost, claim team/data',
      'NoPersistentVolume made: 4096 bytes, made as pvc-made',
      'NoStateFile stray: a device in mode lvm',
      'Unreadable torn: its state file cannot be read',
    ]);
  });

  test('a volume that is being erased, and an inline volume, need no PersistentVolume', () => {
    const inline = volume('inline', { parameters: { ...parameters, persistency: 'ephemeral' } });
    expect(
      found({ volumes: [volume('old', { deleting: true }), inline], devices: [device('inline')] }),
    ).toEqual([]);
  });

  test('where devices could not be looked at none is said to be missing', () => {
    expect(found({ volumes: [volume('a')], modes: [], persistentVolumes: [pv('a')] })).toEqual([]);
  });

  test('what only one of two looks finds is none', () => {
    const [first, second] = [
      ['a', 'b'],
      ['b', 'c'],
    ].map((ids) => findOrphans({ ...nothing, persistentVolumes: ids.map((id) => pv(id)) }));
    expect(inBoth(first ?? [], second ?? []).map(({ id }) => id)).toEqual(['b']);
  });

  test('nothing is named twice for the same lack, whatever there is', () => {
    const ids = fc.subarray(['a', 'b', 'c', 'd']);
    fc.assert(
      fc.property(ids, ids, ids, (volumes, devices, handles) => {
        const orphans = findOrphans({
          ...nothing,
          volumes: volumes.map((id) => volume(id)),
          devices: devices.map((id) => device(id)),
          persistentVolumes: handles.map((id) => pv(id)),
        });
        const names = orphans.map(({ kind, id }) => `${kind} ${id}`);
        const whole = volumes.filter((id) => devices.includes(id) && handles.includes(id));
        return new Set(names).size === names.length && orphans.every(({ id }) => !whole.includes(id));
      }),
    );
  });
});
