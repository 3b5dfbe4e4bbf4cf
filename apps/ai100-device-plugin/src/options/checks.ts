import { posix } from 'node:path';
import { isExtendedResourceName } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';

type Problem = string | undefined;

/** Says what is wrong with a number outside of a range. */
export function within(min: number, max: number): (value: number) => Problem {
  return (value) => (value >= min && value <= max ? undefined : `must be within ${min} and ${max}`);
}

/** The same for a duration of whole seconds. */
export function seconds(min: number, max: number): (ms: number) => Problem {
  return (ms) =>
    ms % 1000 === 0 && ms >= min * 1000 && ms <= max * 1000
      ? undefined
      : `must be whole seconds from ${min}s to ${max}s`;
}

export function absolute(path: string): Problem {
  return path.startsWith('/') ? undefined : 'must be an absolute path';
}

/** An absolute path that unix sockets take. */
export function boundedPath(most: number): (path: string) => Problem {
  return (path) =>
    absolute(path) ??
    (Buffer.byteLength(path) <= most ? undefined : `must have at most ${most} bytes, for unix sockets`);
}

export function resourceName(value: string): Problem {
  return isExtendedResourceName(value)
    ? undefined
    : 'must be a name like phison.com/ai100: outside kubernetes.io, at most 244 characters before the slash and 63 after it, and no requests. before it';
}

/** Where a cache may never be mounted, itself or below. */
const host = new HostRoot();
const reserved = [
  ...[host.etc(), host.proc(), host.sys(), host.dev()],
  ...['/usr', '/var/lib/kubelet', '/boot'],
];

/** A block device is given as such; anything else is where the cache is mounted. */
export const isDevice = (path: string): boolean => path.startsWith(`${host.dev()}/`);

/** Where on the host the cache may be mounted. */
export function mountPath(path: string): Problem {
  const problem = podPath(path);
  if (problem !== undefined) return problem;
  const below = reserved.find((folder) => path === folder || path.startsWith(`${folder}/`));
  return below === undefined ? undefined : `must not be ${below} or below it`;
}

/** Where in a container it may be. */
export function podPath(path: string): Problem {
  if (absolute(path) !== undefined) return absolute(path);
  if (path === '/') return 'must not be /';
  return posix.normalize(path) === path && !path.endsWith('/') && !/[\0\n]/.test(path)
    ? undefined
    : 'must be a path without empty parts, dots and a slash at its end';
}

/** A list of so many items that all look like this. */
export function items(
  pattern: RegExp,
  what: string,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): (list: readonly string[]) => Problem {
  return (list) => {
    if (list.length < min || list.length > max) return `must have ${min} to ${max} entries`;
    return list.every((item) => pattern.test(item)) ? undefined : `must be ${what}`;
  };
}

/** Serial numbers of drives. */
export const serials = items(/^[\x21-\x7e]{1,20}$/, 'serial numbers of at most 20 printable characters', {
  max: 64,
});

/** Revisions of firmware, or their beginnings. */
export const revisions = items(/^[\x21-\x7e]{1,8}$/, 'one to eight printable characters each', {
  min: 1,
  max: 16,
});
