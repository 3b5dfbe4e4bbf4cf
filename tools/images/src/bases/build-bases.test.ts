import { expect, test } from '@jest/globals';
import { publicBaseOf } from './build-bases.ts';

const pinned = `gcr.io/distroless/cc-debian12@sha256:${'0a'.repeat(32)}`;

test.each([
  [{}, ''],
  [{ RACKWRIGHT_BASE_IMAGE: '' }, ''],
  [{ RACKWRIGHT_BASE_IMAGE: pinned }, pinned],
])('%j stands on %j', (env, base) => {
  expect(publicBaseOf(env)).toBe(base);
});

test('a public base without its digest is refused by the name of the setting', () => {
  expect(() => publicBaseOf({ RACKWRIGHT_BASE_IMAGE: 'gcr.io/distroless/cc-debian12:latest' })).toThrow(
    expect.objectContaining({
      code: 'InvalidArgument',
      message: expect.stringMatching(/^RACKWRIGHT_BASE_IMAGE .* is not pinned$/),
      remedy: expect.stringContaining('sha256'),
    }),
  );
});
