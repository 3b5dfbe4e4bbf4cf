import { HwError } from '@rackwright/core';

/** Variables that name a public image. */
export type ImageVariable = 'RACKWRIGHT_BASE_IMAGE' | 'RACKWRIGHT_MOUNT_TOOLS_IMAGE';

/**
 * The public image a variable names; empty when it is not set.
 *
 * @throws HwError InvalidArgument if the image may change under the same name
 */
export function pinnedImage(env: NodeJS.ProcessEnv, variable: ImageVariable): string {
  const reference = env[variable] ?? '';
  if (reference === '' || /@sha256:[0-9a-f]{64}$/.test(reference)) return reference;
  throw new HwError('InvalidArgument', `${variable} ${reference} is not pinned`, {
    remedy: 'add its digest: name@sha256:…',
  });
}

/**
 * The same for an image that cannot be done without.
 *
 * @throws HwError InvalidArgument also when the variable is not set
 */
export function requiredImage(env: NodeJS.ProcessEnv, variable: ImageVariable): string {
  const reference = pinnedImage(env, variable);
  if (reference !== '') return reference;
  throw new HwError('InvalidArgument', `${variable} is not set`, {
    remedy: 'name a public image with its digest: see docs/images.md, Several architectures',
  });
}
