import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { labelMatcher, unitedSelector } from './label-selector.ts';

test.each([
  ['', {}, true],
  ['app=a', { app: 'a' }, true],
  ['app==a', { app: 'b' }, false],
  ['app=', { app: '' }, true],
  ['app=', {}, false],
  ['app in (a, b)', { app: 'b' }, true],
  ['example.com/app in (a)', { 'example.com/app': 'c' }, false],
  ['app', { app: 'any' }, true],
  ['app', {}, false],
  ['app=a,tier in (x,y), zone', { app: 'a', tier: 'y', zone: '' }, true],
  ['app=a,tier in (x,y)', { app: 'a', tier: 'z' }, false],
])('%j selects %j: %s', (selector, labels, expected) => {
  expect(labelMatcher(selector)?.(labels as Record<string, string>)).toBe(expected);
});

test.each(['app!=a', '!app', 'app notin (a)', 'app=a,', 'a b', 'app>1'])(
  '%j is not taken for something else',
  (selector) => {
    expect(labelMatcher(selector)).toBeUndefined();
    expect(unitedSelector(selector, 'app=a')).toBeUndefined();
    expect(unitedSelector(selector, '')).toBeUndefined();
    expect(unitedSelector(selector, selector)).toBe(selector);
  },
);

test.each([
  ['app=a', 'app=b', 'app in (a,b)'],
  ['app in (c,a)', 'app=b', 'app in (a,b,c)'],
  ['app=a', 'app', 'app'],
  ['app=a', '', ''],
  ['app=a', 'tier=a', undefined],
  ['app=a,tier=b', 'app=a', undefined],
])('%j and %j are watched as %j', (a, b, expected) => {
  expect(unitedSelector(a, b)).toBe(expected);
  expect(unitedSelector(b, a)).toBe(expected);
});

const value = fc.constantFrom('', 'a', 'b', 'c');
const key = fc.constantFrom('app', 'tier');
const term = fc.oneof(
  fc.tuple(key, value).map(([k, v]) => `${k}=${v}`),
  fc.tuple(key, fc.array(value, { minLength: 1 })).map(([k, values]) => `${k} in (${values.join(',')})`),
  key,
);
const selector = fc.oneof(
  fc.constant(''),
  term,
  fc.tuple(term, term).map((terms) => terms.join(',')),
);
const labels = fc.dictionary(key, value, { noNullPrototype: true });

test('a united selector selects what either selects, and nothing else', () => {
  fc.assert(
    fc.property(selector, selector, labels, (a, b, some) => {
      const united = unitedSelector(a, b);
      if (united === undefined) return;
      const matches = (one: string): boolean | undefined => labelMatcher(one)?.(some);
      expect(matches(united)).toBe(matches(a) === true || matches(b) === true);
    }),
  );
});
