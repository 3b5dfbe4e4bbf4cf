import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Volume } from '../volumes/model.ts';
import { formatRecord, parseRecord } from './state-record.ts';

const always = {
  id: fc.stringMatching(/^[a-z]{1,6}-[0-9a-f]{56}$/),
  name: fc.string(),
  size: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  deviceMode: fc.constantFrom('lvm' as const, 'direct' as const, 'loop' as const, 'fake' as const),
  parameters: fc.record({
    eraseAfter: fc.boolean(),
    kataContainers: fc.constant(false),
    usage: fc.constantFrom('AppDirect' as const, 'FileIO' as const),
    persistency: fc.constantFrom('normal' as const, 'ephemeral' as const),
  }),
  formatting: fc.boolean(),
  deleting: fc.boolean(),
};
const volume: fc.Arbitrary<Volume> = fc.oneof(
  fc.record(always),
  fc.record({ ...always, publishing: fc.string() }),
);

test('a volume that is written is read again, to the last byte of its size', () => {
  fc.assert(fc.property(volume, (one) => expect(parseRecord(one.id, formatRecord(one))).toEqual(one)));
});

test('a file of PMEM-CSI is read', () => {
  const text = `{"id":"pvc-6a-1","size":8388608,"parameters":{"deviceMode":"ndctl","eraseafter":"false",
    "kataContainers":"false","name":"pvc-6a73","persistencyModel":"normal","usage":"AppDirect"}}`;
  expect(parseRecord('pvc-6a-1', text)).toEqual({
    ...{
      id: 'pvc-6a-1',
      name: 'pvc-6a73',
      size: 8_388_608n,
      deviceMode: 'direct',
      formatting: false,
      deleting: false,
    },
    parameters: { eraseAfter: false, kataContainers: false, usage: 'AppDirect', persistency: 'normal' },
  });
});

test('a file of the first PMEM-CSI, of a volume on several nodes, is read', () => {
  const text = '{"id":"a-1","size":1,"parameters":{"persistencyModel":"cache","cacheSize":"2"}}';
  expect(parseRecord('a-1', text)).toMatchObject({
    deviceMode: 'lvm',
    parameters: { persistency: 'normal' },
  });
});

test('random bytes, torn files and odd values are an error and nothing else', () => {
  const odd = fc.oneof(
    fc.uint8Array().map((array) => Buffer.from(array).toString('utf8')),
    fc.json(),
    fc.tuple(volume, fc.nat(200)).map(([one, at]) => formatRecord(one).slice(0, at)),
    fc
      .record({ id: fc.constant('x'), size: fc.jsonValue(), parameters: fc.jsonValue() })
      .map((one) => JSON.stringify(one)),
  );
  fc.assert(
    fc.property(odd, (text) => {
      try {
        const { size } = parseRecord('x', text);
        expect(size >= 0n).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({
          code: 'Internal',
          message: expect.stringContaining('state file of x'),
        });
      }
    }),
  );
});
