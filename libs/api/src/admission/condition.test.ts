import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toCel } from './cel.ts';
import {
  absent,
  all,
  any,
  between,
  type Condition,
  captures,
  distinct,
  equals,
  every,
  everyPart,
  implies,
  joinedSize,
  matches,
  not,
  oneOf,
  optional,
  present,
  same,
  sameText,
  settingEmpty,
  size,
  some,
  startsWithOneOf,
} from './condition.ts';
import { evaluate } from './evaluate.ts';

const holds = (condition: Condition, object: unknown, before?: unknown): boolean =>
  evaluate(condition, { object, before });

describe('a condition', () => {
  test.each<[string, Condition, unknown, boolean]>([
    ['an absent field is absent', absent('spec.a'), {}, true],
    ['null is absent', absent('spec.a'), { spec: { a: null } }, true],
    ['false is present', present('spec.a'), { spec: { a: false } }, true],
    ['what objects inherit is absent', present('spec.constructor'), { spec: {} }, false],
    ['below a text there is nothing', present('spec.length'), { spec: 'abc' }, false],
    ['a text equals itself only', equals('a', '1'), { a: 1 }, false],
    ['false equals false', equals('a', false), { a: false }, true],
    ['one of the texts', oneOf('a', ['x', 'y']), { a: 'y' }, true],
    ['a number matches no pattern', matches('a', '1'), { a: 1 }, false],
    ['a pattern is found anywhere', matches('a', 'b'), { a: 'abc' }, true],
    ['a text is in no bounds', between('a', 0, 9), { a: '5' }, false],
    ['bounds are included', between('a', 1, 2), { a: 2 }, true],
    ['a character outside the basic plane counts once', size('a', 1, 1), { a: '🦀' }, true],
    ['entries count', size('a', 2, 2), { a: [1, 2] }, true],
    ['keys count', size('a', 1, 1), { a: { b: 1 } }, true],
    ['a number has no size', size('a', 0, 9), { a: 1 }, false],
    ['two absent fields are no same text', sameText('a', 'b'), {}, false],
    ['two absent fields are the same', same('a', 'b'), {}, true],
    ['null is the same as nothing', same('a', 'b'), { a: null }, true],
    ['maps are the same in any order', same('a', 'b'), { a: { x: 1, y: [2] }, b: { y: [2], x: 1 } }, true],
    ['lists are not', same('a', 'b'), { a: [1, 2], b: [2, 1] }, false],
    ['a text is no number', same('a', 'b'), { a: '1', b: 1 }, false],
    ['entries that differ', distinct('a', 'x'), { a: [{ x: 1 }, { x: 2 }] }, true],
    ['entries that do not', distinct('a', 'x'), { a: [{ x: 1 }, { x: 1, y: 2 }] }, false],
    ['entries without the key', distinct('a', 'x'), { a: [{}, 1] }, false],
    ['no list has no different entries', distinct('a', 'x'), {}, false],
    ['two texts that fit', joinedSize('a', 'b', 3), { a: 'x', b: 'yz' }, true],
    ['two texts that do not', joinedSize('a', 'b', 2), { a: 'x', b: 'yz' }, false],
    ['a text and nothing', joinedSize('a', 'b', 9), { a: 'x' }, false],
    ['the part that matches', captures('a', '[0-9]+', 'b'), { a: 'v12.', b: '12' }, true],
    ['no part matches', captures('a', '[0-9]+', 'b'), { a: 'v', b: '12' }, false],
    ['every entry of an empty list', every('a', equals('item', 'x')), { a: [] }, true],
    ['no list has no entries', every('a', equals('item', 'x')), { a: 'x' }, false],
    ['every part of no part', everyPart('a', '-m\\n.*', equals('item', '')), { a: ['x'] }, true],
    ['every part', everyPart('a', '-m\\n.*', equals('item', '-m\ny')), { a: ['x', '-m', 'y'] }, true],
    ['a part that is wrong', everyPart('a', '-m\\n.*', equals('item', '')), { a: ['-m', 'y'] }, false],
    ['parts of what is no text', everyPart('a', 'x', equals('item', 'x')), { a: ['x', 1] }, false],
    ['some entry', some('a', equals('item.b', 'x')), { a: [1, { b: 'x' }] }, true],
    ['all', all(present('a'), present('b')), { a: 1 }, false],
    ['any', any(present('a'), present('b')), { a: 1 }, true],
    ['not', not(present('a')), {}, true],
    ['implied by nothing', implies(present('a'), present('b')), {}, true],
    ['implied and missing', implies(present('a'), present('b')), { a: 1 }, false],
    ['optional and absent', optional('a', equals('a', 'x')), {}, true],
    ['optional and wrong', optional('a', equals('a', 'x')), { a: 'y' }, false],
  ])('%s', (_, condition, object, expected) => expect(holds(condition, object)).toBe(expected));

  test('sees the object as it was', () => {
    expect(holds(sameText('a', 'before.a'), { a: 'x' }, { a: 'x' })).toBe(true);
    expect(holds(sameText('a', 'before.a'), { a: 'x' })).toBe(false);
  });

  test('sees what the installation sets', () => {
    const subject = { object: { a: 'registry.test/x' }, settings: { images: ['registry.test/'] } };
    expect(evaluate(startsWithOneOf('a', 'images'), subject)).toBe(true);
    expect(evaluate(startsWithOneOf('a', 'others'), subject)).toBe(false);
    expect(evaluate(settingEmpty('images'), subject)).toBe(false);
    expect(evaluate(settingEmpty('others'), subject)).toBe(true);
  });

  test('is true or false for anything', () => {
    const leaf = fc.constantFrom(
      matches('a.b', '^x'),
      size('a', 1, 2),
      every('a', size('item.c', 0, 1)),
      sameText('a.b', 'before.a'),
      captures('a', 'x*', 'b'),
      same('a.b', 'before.a'),
      distinct('a', 'b'),
      joinedSize('a', 'before.b', 3),
    );
    fc.assert(
      fc.property(leaf, fc.jsonValue(), fc.jsonValue(), (condition, object, before) => {
        expect(typeof holds(condition, object, before)).toBe('boolean');
        expect(holds(condition, { a: object }, before)).not.toBe(
          holds(not(condition), { a: object }, before),
        );
      }),
    );
  });
});

test('a text stays one literal in CEL whatever is in it', () => {
  expect(toCel(equals('a', 'x" || true || "\n'))).toContain('"x\\" || true || \\"\\n"');
});
