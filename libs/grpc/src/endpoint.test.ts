import { expect, test } from '@jest/globals';
import { isHwError } from '@rackwright/core';
import fc from 'fast-check';
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts';

test.each([
  ['unix:///csi/csi.sock', { kind: 'unix', path: '/csi/csi.sock' }],
  ['unix:/csi/csi.sock', { kind: 'unix', path: '/csi/csi.sock' }],
  ['/csi/csi.sock', { kind: 'unix', path: '/csi/csi.sock' }],
  ['tcp://0.0.0.0:10000', { kind: 'tcp', host: '0.0.0.0', port: 10000 }],
  ['tcp://pmem-csi-controller:10000', { kind: 'tcp', host: 'pmem-csi-controller', port: 10000 }],
  ['tcp://[fd00::1]:1', { kind: 'tcp', host: 'fd00::1', port: 1 }],
  ['tcp://:10000', { kind: 'tcp', host: '', port: 10000 }],
])('%s', (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint);
});

test.each([
  '',
  'csi.sock',
  'unix://csi.sock',
  'unix:///',
  'unix:///csi/',
  'tcp://host',
  'tcp://host:65536',
  'tcp://fd00::1:1',
  'http://host:1',
  'unix:///a\0b',
])('%j is refused by the name of the flag', (text) => {
  expect(() => parseEndpoint(text, '-endpoint')).toThrow(
    expect.objectContaining({ code: 'InvalidArgument', field: '-endpoint' }),
  );
});

const segment = fc.stringMatching(/^[\w.@-]{1,12}$/);
const endpoints: fc.Arbitrary<Endpoint> = fc.oneof(
  fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((parts): Endpoint => ({ kind: 'unix', path: `/${parts.join('/')}` })),
  fc
    .tuple(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 65_535 }))
    .map(([host, port]): Endpoint => ({ kind: 'tcp', host, port })),
);

test('what is written is read back', () => {
  fc.assert(fc.property(endpoints, (one) => expect(parseEndpoint(formatEndpoint(one))).toEqual(one)));
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.constantFrom('', 'unix:', 'tcp://', '/'), fc.string()).map((parts) => parts.join('')),
      (text) => {
        try {
          parseEndpoint(text);
        } catch (error) {
          expect(isHwError(error, 'InvalidArgument')).toBe(true);
        }
      },
    ),
  );
});
