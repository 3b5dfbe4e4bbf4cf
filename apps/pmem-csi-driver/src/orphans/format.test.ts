import { expect, test } from '@jest/globals';
import { formatJson, formatText } from './format.ts';

const orphans = [
  { kind: 'NoVolume', id: 'a', note: 'of pv-a' },
  { kind: 'Unreadable', id: 'volume-b', note: 'its state file cannot be read' },
] as const;

test('orphans are a table, with what to do about each kind', () => {
  expect(formatText('node-1', orphans)).toBe(
    [
      'NoVolume    a         of pv-a',
      'Unreadable  volume-b  its state file cannot be read',
      '',
      'NoVolume: the data is gone or on another node; delete the PersistentVolume once nobody needs its name',
      'Unreadable: the driver writes it anew from the device when it starts; else remove it by hand',
      '',
    ].join('\n'),
  );
  expect(formatText('node-1', [])).toBe('no orphans on node-1\n');
});

test('programs get the same as JSON', () => {
  expect(JSON.parse(formatJson('node-1', orphans))).toEqual({ node: 'node-1', orphans });
});
