import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ListAndWatchResponse } from './gen/deviceplugin/v1beta1/api.ts';
import type { Device } from './hardware-profile.ts';
import { countIds, encodeList, sameDevices } from './messages.ts';

const id = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme', minLength: 40, maxLength: 300 }),
  fc.string({ minLength: 16_300, maxLength: 16_500 }),
);
const device: fc.Arbitrary<Device> = fc.record({
  ids: fc.array(id, { maxLength: 4 }),
  healthy: fc.boolean(),
  numaNodes: fc.array(fc.nat(200), { maxLength: 3 }),
});

test('any list is understood as the devices it was made of', () => {
  fc.assert(
    fc.property(fc.array(device), (devices) => {
      const wanted = devices.flatMap(({ ids, healthy, numaNodes }) =>
        ids.map((ID) => ({
          ID,
          health: healthy ? 'Healthy' : 'Unhealthy',
          topology: numaNodes.length === 0 ? undefined : { nodes: numaNodes.map((node) => ({ ID: node })) },
        })),
      );
      // The encoder of other protobuf programs leaves out an empty id; both are read alike.
      expect(ListAndWatchResponse.decode(encodeList(devices))).toEqual({ devices: wanted });
      expect(countIds(devices)).toBe(wanted.length);
    }),
  );
});

test('two lists are the same if the kubelet cannot tell them apart', () => {
  const one = (change: Partial<Device> = {}): Device[] => [
    { ids: ['a', 'b'], healthy: true, numaNodes: [0], ...change },
  ];
  expect(sameDevices(one(), one({ reason: 'told to nobody' }))).toBe(true);
  for (const change of [{ ids: ['a'] }, { ids: ['b', 'a'] }, { healthy: false }, { numaNodes: [] }])
    expect(sameDevices(one(), one(change))).toBe(false);
  expect(sameDevices(one(), [])).toBe(false);
});
