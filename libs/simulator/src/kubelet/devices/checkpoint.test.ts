import { expect, test } from '@jest/globals';
import { deviceplugin } from '@rackwright/kubelet';
import fc from 'fast-check';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';

const name = fc.string({ minLength: 1, maxLength: 12 });
const allocation = fc.record({
  podUid: fc.uuid(),
  container: name,
  resource: name,
  devices: fc
    .dictionary(fc.integer({ min: -1, max: 3 }).map(String), fc.array(name, { maxLength: 3 }))
    .map((nodes) => new Map(Object.entries(nodes).map(([node, ids]) => [Number(node), ids]))),
  response: fc
    .record({ envs: fc.dictionary(name, name), annotations: fc.dictionary(name, name) })
    .map((part) => deviceplugin.ContainerAllocateResponse.fromPartial(part)),
});
const checkpoint: fc.Arbitrary<Checkpoint> = fc.record({
  allocations: fc.array(allocation, { maxLength: 4 }),
  registered: fc.dictionary(name, fc.array(name)).map((map) => new Map(Object.entries(map))),
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(checkpoint, (written) => {
      expect(parseCheckpoint(formatCheckpoint(written))).toEqual(written);
    }),
  );
});

test('the file has the shape of the real kubelet’s', () => {
  const response = deviceplugin.ContainerAllocateResponse.fromPartial({ envs: { A: 'b' } });
  const devices = new Map([[0, ['d1']]]);
  const text = formatCheckpoint({
    allocations: [{ podUid: 'u', container: 'c', resource: 'r', devices, response }],
    registered: new Map([['r', ['d1', 'd2']]]),
  });
  expect(JSON.parse(text)).toEqual({
    Data: {
      PodDeviceEntries: [
        {
          PodUID: 'u',
          ContainerName: 'c',
          ResourceName: 'r',
          DeviceIDs: { 0: ['d1'] },
          AllocResp: 'CgYKAUESAWI=',
        },
      ],
      RegisteredDevices: { r: ['d1', 'd2'] },
    },
    Checksum: expect.any(Number),
  });
});

test('a damaged file is not believed', () => {
  const text = formatCheckpoint({ allocations: [], registered: new Map([['r', ['d1']]]) });
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('', 'x', '9'), (at, instead) => {
      const damaged = text.slice(0, at) + instead + text.slice(at + 1);
      const read = parseCheckpoint(damaged);
      if (damaged !== text) expect(read?.registered.get('r')).not.toEqual(['d2']);
      if (read !== undefined) expect(read).toEqual(parseCheckpoint(text));
    }),
  );
  expect(parseCheckpoint('')).toBeUndefined();
  expect(parseCheckpoint('{"Data":null,"Checksum":0}')).toBeUndefined();
});
