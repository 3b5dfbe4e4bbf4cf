import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatTarget, parseTarget } from './target.ts';

test.each([
  ['10.96.0.7:443', { host: '10.96.0.7', port: 443 }],
  ['Web.Team.svc:80', { host: 'web.team.svc', port: 80 }],
  ['web.team.svc.cluster.local.:80', { host: 'web.team.svc.cluster.local', port: 80 }],
  ['a_b:1', { host: 'a_b', port: 1 }],
])('%s is read', (text, target) => expect(parseTarget(text)).toEqual(target));

test('a text without a port has the default one, if there is one', () => {
  expect(parseTarget('web', 80)).toEqual({ host: 'web', port: 80 });
  expect(() => parseTarget('web')).toThrow('"web" is no host and port');
});

test.each([
  ...['', ':80', 'web:', 'web:0', 'web:65536', 'web:999999', 'web:80x', 'web:8 0', 'we b:80', '-web:80'],
  ...[
    'web..svc:80',
    '[::1]:80',
    '::1',
    'http://web:80',
    'a@b:80',
    'a/b:80',
    `${'x'.repeat(254)}:80`,
    'web\r\n:80',
  ],
])('%j is refused with what was asked', (text) => {
  expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  expect(() => parseTarget(text)).toThrow(JSON.stringify(text.slice(0, 300)));
});

test('any text is read or refused, and what is read is a name and a port that come out again', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aB1.-_:@[]/ 80') }));
  const verify = (text: string): void => {
    try {
      const target = parseTarget(text);
      expect(target.host).toMatch(/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/);
      expect(target.port).toBeGreaterThan(0);
      expect(target.port).toBeLessThan(65_536);
      expect(parseTarget(formatTarget(target))).toEqual(target);
    } catch (error) {
      expect(error).toMatchObject({ code: 'InvalidArgument' });
    }
  };
  fc.assert(fc.property(texts, verify), { numRuns: 2000 });
});
