import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventName } from './event-series.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

test('an event about an object of any legal name has a legal name', () => {
  const named = fc
    .array(fc.constantFrom('a', '9', '-', '.'), { minLength: 225, maxLength: 253 })
    .map((characters) => `n${characters.join('')}`.replace(/[-.]{2,}/g, '--').slice(0, 252))
    .map((start) => `${start}x`)
    .filter((name) => subdomain.test(name));
  fc.assert(
    fc.property(named, (name) => {
      const event = eventName({ apiVersion: 'v1', kind: 'Node', name }, '19c0a4f2b10abcd');
      expect([event.length <= 253, subdomain.test(event)]).toEqual([true, true]);
    }),
  );
});
