import { type Clock, errorMessage, fail, ok, type Result } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';

/** A program's version as it prints it. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** The first `1.2.3` in `text`, with or without a `v`. */
export function parseVersion(text: string): Version | undefined {
  const match = /(?<![\d.])v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** True if a program that prints `found` may stand in for `wanted`: same major and minor. */
export function fits(found: Version, wanted: Version): boolean {
  return found.major === wanted.major && found.minor === wanted.minor;
}

/** True if both are the very same version. */
export function same(found: Version, wanted: Version): boolean {
  return fits(found, wanted) && found.patch === wanted.patch;
}

/** `1.2.3` */
export function formatVersion(version: Version): string {
  return `${version.major}.${version.minor}.${version.patch}`;
}

/** Runs `path` for its version; the failure says why it is no working program. */
export async function askVersion(
  path: string,
  args: readonly string[],
  clock: Clock,
  signal?: AbortSignal,
): Promise<Result<Version, string>> {
  try {
    const outcome = await new SystemProcessRunner(clock).run([path, ...args], {
      deadlineMs: 20_000,
      ...(signal === undefined ? {} : { signal }),
    });
    if (outcome.code !== 0) return fail(`${path} does not run: ${outcome.stderr.trim().slice(-300)}`);
    const version = parseVersion(outcome.stdout);
    return version === undefined ? fail(`${path} prints no version`) : ok(version);
  } catch (error) {
    signal?.throwIfAborted();
    return fail(`${path} does not run: ${errorMessage(error)}`);
  }
}
