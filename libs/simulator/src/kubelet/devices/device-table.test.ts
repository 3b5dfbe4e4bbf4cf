import { expect, test } from '@jest/globals';
import { device } from '../testing/plain-plugin.ts';
import { DeviceTable } from './device-table.ts';

test('a new list replaces the old one as a whole', () => {
  const table = new DeviceTable();
  table.replace('r', [device('a'), device('b', { health: 'Unhealthy' })]);
  table.replace('r', [device('b'), device('c')]);
  expect([...table.healthy('r')]).toEqual(['b', 'c']);
  expect([...table.unhealthy('r')]).toEqual([]);
});

test('anything but "Healthy" is not healthy', () => {
  const table = new DeviceTable();
  table.replace('r', [device('a', { health: 'healthy' }), device('b', { health: '' }), device('c')]);
  expect([...table.healthy('r')]).toEqual(['c']);
  expect([...table.unhealthy('r')]).toEqual(['a', 'b']);
});

test('a device listed twice counts once, with what was said last', () => {
  const table = new DeviceTable();
  table.replace('r', [device('a'), device('a', { health: 'Unhealthy' })]);
  expect(table.healthy('r').size).toBe(0);
  expect([...table.unhealthy('r')]).toEqual(['a']);
});

test('when the plugin is gone its devices stay, all unhealthy', () => {
  const table = new DeviceTable();
  table.replace('r', [device('a', { numa: [1] }), device('b', { health: 'Unhealthy' })]);
  table.markUnhealthy('r');
  expect(table.healthy('r').size).toBe(0);
  expect([...table.unhealthy('r')].sort()).toEqual(['a', 'b']);
  expect(table.numaNodes('r').get('a')).toEqual([1]);
});

test('a resource announced after a restart is known and has no device', () => {
  const table = new DeviceTable();
  table.announce('r');
  expect(table.has('r')).toBe(true);
  expect(table.healthy('r').size + table.unhealthy('r').size).toBe(0);
});
