import type { Clock } from '@rackwright/core';

/** What a case about images has at hand. */
export interface ContainerEnvironment {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The image of each app, by the app's name; the engine has them. */
  readonly images: ReadonlyMap<string, string>;
}

/** @throws Error when the app has no image, which a typing error in a case would be */
export function imageOf(testEnv: ContainerEnvironment, app: string): string {
  const image = testEnv.images.get(app);
  if (image === undefined) throw new Error(`there is no image of ${app}`);
  return image;
}
