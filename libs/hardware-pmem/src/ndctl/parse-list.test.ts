import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseNdctlList, parseNdctlNamespace } from './parse-list.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`testdata/${name}.json`, import.meta.url), 'utf8');

test('one object, as ndctl prints without buses, is read with the modes and devices of its namespaces', () => {
  const regions = parseNdctlList(recorded('list-object'));
  expect(regions.map(({ bus, name, sizeBytes, persistent }) => [bus, name, sizeBytes, persistent])).toEqual([
    ['', 'region1', 536_870_912n, true],
    ['', 'region0', 536_870_912n, true],
  ]);
  const namespaces = regions.flatMap((region) => region.namespaces);
  expect(namespaces.map(({ device, mode, name, blockDevice }) => [device, mode, name, blockDevice])).toEqual([
    ['namespace1.0', 'devdax', 'dpanel-devdax', undefined],
    ['namespace1.1', 'fsdax', 'dpanel-lv', 'pmem1.1'],
    ['namespace0.1', 'sector', 'dpanel-sector', 'pmem0.1s'],
    ['namespace0.0', 'fsdax', 'dpanel-fsdax', 'pmem0'],
  ]);
});

test('an array of buses is read with the bus of each region', () => {
  const regions = parseNdctlList(recorded('list-buses'));
  expect(regions.map(({ bus, name, ways, alignBytes }) => [bus, name, ways, alignBytes])).toEqual([
    ['ndbus0', 'region1', 1, 16_777_216n],
    ['ndbus0', 'region0', 1, 16_777_216n],
  ]);
  expect(regions[0]?.namespaces).toEqual([
    {
      ...{ device: 'namespace1.0', mode: 'raw', sizeBytes: 536_870_912n, uuid: '', rawUuid: '', name: '' },
      ...{ blockDevice: 'pmem1', enabled: true },
    },
  ]);
});

test('an array of regions alone is read, idle namespaces are left out, and what is disabled says so', () => {
  const idle = { dev: 'namespace0.1', mode: 'raw', size: 0, uuid: '00000000-0000-0000-0000-000000000000' };
  const off = { dev: 'namespace0.0', mode: 'fsdax', size: 1, uuid: 'u', raw_uuid: 'r', state: 'disabled' };
  const [region] = parseNdctlList(
    JSON.stringify([
      { dev: 'region0', size: 2, type: 'volatile', state: 'disabled', namespaces: [idle, off] },
    ]),
  );
  expect(region).toMatchObject({ enabled: false, persistent: false, ways: 1, alignBytes: 0n });
  expect(region?.namespaces).toMatchObject([
    { device: 'namespace0.0', rawUuid: 'r', enabled: false, blockDevice: undefined },
  ]);
});

test('sizes beyond what a number of JavaScript can tell are exact', () => {
  const [region] = parseNdctlList('[{"dev":"region0","size":9007199254740993,"available_size":"7"}]');
  expect([region?.sizeBytes, region?.maxExtentBytes]).toEqual([9_007_199_254_740_993n, 7n]);
});

test('nothing printed is a host without persistent memory, and what is no list is refused', () => {
  expect(parseNdctlList('\n')).toEqual([]);
  for (const text of ['{', '7', 'null', '"text"']) expect(() => parseNdctlList(text)).toThrow(/ndctl/);
  expect(() => parseNdctlNamespace('{"dev":"../pmem0"}')).toThrow('ndctl printed no namespace');
});

const names = ['regions', 'namespaces', 'dev', 'size', 'mode', 'blockdev', 'uuid', 'mappings', 'state'];
const leaf = fc.oneof(fc.constantFrom('region0', 'namespace0.0', 'pmem0', 'ndbus0', '../x'), fc.jsonValue());
const anyList = fc.letrec((tie) => ({
  node: fc.oneof(leaf, fc.array(tie('node')), fc.dictionary(fc.constantFrom(...names), tie('node'))),
})).node;

test('whatever JSON there is, names are names of devices and sizes are not below zero, or it is refused', () => {
  fc.assert(
    fc.property(anyList, (value) => {
      let regions: ReturnType<typeof parseNdctlList>;
      try {
        regions = parseNdctlList(JSON.stringify(value));
      } catch (error) {
        return (error as Error).message.startsWith('ndctl');
      }
      return regions.every(
        ({ name, sizeBytes, namespaces }) =>
          /^(region\d+)?$/.test(name) &&
          sizeBytes >= 0n &&
          namespaces.every(({ device, blockDevice = 'pmem0' }) =>
            /^namespace\d+\.\d+ pmem\d/.test(`${device} ${blockDevice}`),
          ),
      );
    }),
  );
});
