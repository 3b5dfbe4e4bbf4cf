import { expect, test } from '@jest/globals';
import { errorMessage, HwError, isHwError } from './errors.ts';

test('the message names the field, the remedy and every cause once', () => {
  const cause = new Error('ENOENT');
  const error = new HwError('NotFound', 'cannot read the token', {
    field: '--token',
    remedy: 'mount it',
    cause,
  });
  expect(errorMessage(error)).toBe('--token: cannot read the token (mount it): ENOENT');
});

test('a field that the message names already is not said twice', () => {
  expect(errorMessage(new HwError('InvalidArgument', 'spec.version: empty', { field: 'spec.version' }))).toBe(
    'spec.version: empty',
  );
});

test('a chain of causes that goes round ends', () => {
  const a = new Error('a');
  const b = new Error('b', { cause: a });
  a.cause = b;
  expect(errorMessage(a).length).toBeLessThan(100);
});

test('what is no Error is still said', () => {
  expect(errorMessage('plain')).toBe('plain');
});

test('isHwError tells codes apart', () => {
  const error = new HwError('Conflict', 'x');
  expect([
    isHwError(error),
    isHwError(error, 'Conflict'),
    isHwError(error, 'NotFound'),
    isHwError(new Error('x')),
  ]).toEqual([true, true, false, false]);
});
