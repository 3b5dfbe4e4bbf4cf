import type { Commit } from './commit.ts';
import type { Origin } from './origin.ts';

/** What an image tells of how it was made. */
export interface ImageFacts {
  readonly version: string;
  readonly commit: Commit;
  readonly origin: Origin;
  /** Digest of the image it stands on; empty when nobody else knows it. */
  readonly baseDigest: string;
}

/** The arguments every app's Dockerfile takes, whatever builds it. */
export function imageArguments({ version, commit, origin, baseDigest }: ImageFacts) {
  return {
    VERSION: version,
    REVISION: commit.revision,
    CREATED: commit.time.toISOString(),
    SOURCE: origin.repository,
    BASE_DIGEST: baseDigest,
  };
}
