import { expect, test } from '@jest/globals';
import { appOfImage, apps, families } from './index.ts';

test('every app, component and older image is named once', () => {
  const names = apps.flatMap(({ name, olderImages = [] }) => [name, ...olderImages]);
  expect(names).toEqual([...new Set(names)]);
  const components = apps.flatMap(({ component }) => component ?? []);
  expect(components).toEqual([...new Set(components)]);
  expect(families.map(({ name }) => name)).toEqual([...new Set(families.map(({ name }) => name))]);
});

test('a node agent loads nothing heavy', () => {
  for (const { kind, mayLoad } of apps) if (kind === 'node agent') expect(mayLoad).toEqual([]);
});

test('an image is found by its name and by what older systems call it', () => {
  expect(appOfImage('driver-agent')?.name).toBe('driver-agent');
  expect(appOfImage('manager')?.name).toBe('operator-manager');
  expect(appOfImage('nginx')).toBeUndefined();
});
