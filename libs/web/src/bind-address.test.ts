import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseBindAddress } from './bind-address.ts';

test.each([
  [':8081', { port: 8081 }],
  ['127.0.0.1:8443', { host: '127.0.0.1', port: 8443 }],
  ['[::1]:8443', { host: '::1', port: 8443 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['0', undefined],
  ['', undefined],
])('%j is read as Go reads it', (text, expected) => expect(parseBindAddress(text, 'x')).toEqual(expected));

test.each(['8081', ':', ':65536', '::1:80', 'a b:', 'host', ':-1'])(
  '%j is refused, naming the flag',
  (text) => {
    expect(() => parseBindAddress(text, 'metrics-bind-address')).toThrow('--metrics-bind-address');
  },
);

test('any text is read or refused, and what is read can be bound', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${text}:80`),
      ),
      (text) => {
        try {
          const { port = 0 } = parseBindAddress(text, 'x') ?? {};
          expect(port).toBeLessThanOrEqual(65_535);
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidArgument', field: '--x' });
        }
      },
    ),
  );
});
