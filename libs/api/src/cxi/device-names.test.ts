import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cxiDeviceName, cxiDevicesOfNode, nodeLabelValue } from './device-names.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Names the API server takes for a Node, as many of them long as short. */
const nodeName = fc
  .tuple(
    fc.constantFrom('n', 'n'.repeat(50), 'rack-1.'.repeat(9), 'n-'.repeat(110)),
    fc.stringMatching(/^[-a-z0-9.]{0,40}$/),
  )
  .map(([start, end]) => `${start}${end}x`.slice(0, 253))
  .filter((name) => subdomain.test(name));
const device = fc.nat(4_294_967_295).map((index) => `cxi${index}`);

test('a node of an ordinary name is found by it', () => {
  expect([cxiDeviceName('node-a', 'cxi0'), cxiDevicesOfNode('node-a')]).toEqual([
    'node-a-cxi0',
    'slingshot.hpe.com/node=node-a',
  ]);
});

test('any device of any node has a legal name and label, different from all others', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(nodeName, { minLength: 2 }),
      fc.uniqueArray(device, { minLength: 2 }),
      (nodes, devices) => {
        const names = nodes.flatMap((node) => devices.map((name) => cxiDeviceName(node, name)));
        for (const name of names) expect([name.length <= 253, subdomain.test(name)]).toEqual([true, true]);
        expect(new Set(names).size).toBe(nodes.length * devices.length);
        const labels = nodes.map(nodeLabelValue);
        for (const label of labels)
          expect([label.length <= 63, labelValue.test(label)]).toEqual([true, true]);
        expect(new Set(labels).size).toBe(nodes.length);
      },
    ),
    { numRuns: 150 },
  );
});
