import { expect, test } from '@jest/globals';
import { pinnedImage, requiredImage } from './pinned-image.ts';

const pinned = `gcr.io/distroless/cc-debian12@sha256:${'0a'.repeat(32)}`;

test.each([
  [{}, ''],
  [{ RACKWRIGHT_BASE_IMAGE: '' }, ''],
  [{ RACKWRIGHT_BASE_IMAGE: pinned }, pinned],
])('%j stands on %j', (env, base) => {
  expect(pinnedImage(env, 'RACKWRIGHT_BASE_IMAGE')).toBe(base);
});

test('a public base without its digest is refused by the name of the setting', () => {
  const env = { RACKWRIGHT_BASE_IMAGE: 'gcr.io/distroless/cc-debian12:latest' };
  expect(() => pinnedImage(env, 'RACKWRIGHT_BASE_IMAGE')).toThrow(
    expect.objectContaining({
      code: 'InvalidArgument',
      message: expect.stringMatching(/^RACKWRIGHT_BASE_IMAGE .* is not pinned$/),
      remedy: expect.stringContaining('sha256'),
    }),
  );
});

test('where a public image is needed its variable must be set', () => {
  expect(requiredImage({ RACKWRIGHT_BASE_IMAGE: pinned }, 'RACKWRIGHT_BASE_IMAGE')).toBe(pinned);
  expect(() => requiredImage({}, 'RACKWRIGHT_MOUNT_TOOLS_IMAGE')).toThrow(
    'RACKWRIGHT_MOUNT_TOOLS_IMAGE is not set',
  );
});
