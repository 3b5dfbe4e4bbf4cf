import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorMessage, fail, isHwError, ok, type Result } from '@rackwright/core';
import { extractMember } from './archive.ts';
import type { ProgramSpec, Release } from './catalogue.ts';
import { publishedChecksum, sha256 } from './checksum.ts';
import type { ProgramSource, SearchContext } from './context.ts';
import { type DownloadOptions, download } from './download.ts';
import { thisPlatform } from './platform.ts';

const mebibyte = 1024 * 1024;
const progressMs = 3000;

/** The official release, if its published checksum agrees. */
export const downloadSource: ProgramSource = {
  name: 'download',
  async find(spec, context) {
    const platform = thisPlatform();
    const release = spec.release(platform);
    if (release === undefined) return fail(`not released for ${platform.os} ${platform.arch}`);
    if (context.offline) return fail('offline (RACKWRIGHT_OFFLINE=1)');
    const { host } = new URL(release.url);
    if (context.unreachable.has(host)) return fail(`${host} could not be reached before`);
    return context.cache.publish(spec, (path) => fetchRelease(spec, release, path, context), context.signal);
  },
};

async function fetchRelease(
  spec: ProgramSpec,
  release: Release,
  path: string,
  context: SearchContext,
): Promise<Result<undefined, string>> {
  try {
    // The small file first: where downloads are refused it fails within seconds.
    const checksums = await fetchChecksums(release, context);
    const expected = publishedChecksum(checksums, basename(new URL(release.url).pathname));
    if (expected === undefined) return fail(`${release.checksumUrl} states no checksum for ${release.url}`);
    const content = await download(release.url, {
      ...downloadOptions(context, release.maxBytes),
      onBytes: reporter(spec, context),
    });
    if (sha256(content) !== expected) {
      return fail(`${release.url} does not have its published checksum ${expected}`);
    }
    const program =
      release.member === undefined ? content : await extractMember(content, release.member, release.maxBytes);
    await writeFile(path, program);
    return ok(undefined);
  } catch (error) {
    context.signal?.throwIfAborted();
    return fail(errorMessage(error));
  }
}

async function fetchChecksums(release: Release, context: SearchContext): Promise<string> {
  try {
    const content = await download(release.checksumUrl, downloadOptions(context, mebibyte));
    return content.toString('utf8');
  } catch (error) {
    if (isHwError(error, 'Unavailable', 'DeadlineExceeded')) {
      context.unreachable.add(new URL(release.url).host);
    }
    throw error;
  }
}

function downloadOptions(context: SearchContext, maxBytes: number): DownloadOptions {
  const { clock, env, limits, signal } = context;
  return { clock, env, limits, maxBytes, ...(signal === undefined ? {} : { signal }) };
}

/** A line at the start and every few seconds. */
function reporter(
  spec: ProgramSpec,
  { clock, progress }: SearchContext,
): (received: number, total: number | undefined) => void {
  progress(`downloading ${spec.name} ${spec.version}`);
  let last = clock.monotonic();
  return (received, total) => {
    if (clock.monotonic() - last < progressMs) return;
    last = clock.monotonic();
    const of = total === undefined ? '' : ` of ${(total / mebibyte).toFixed(0)}`;
    progress(`downloading ${spec.name} ${spec.version}: ${(received / mebibyte).toFixed(0)}${of} MiB`);
  };
}
