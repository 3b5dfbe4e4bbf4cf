import { HwError } from '@rackwright/core';

/** What could not be read, and why. */
export interface ReadFailure {
  /** Host path. */
  readonly path: string;
  /** Name of the errno, such as `EMFILE`. */
  readonly code: string;
}

/**
 * The host could not be read: nothing is known of what lies at the path, not
 * even that nothing is there. Whoever catches it keeps what was known before.
 */
export class UnreadableError extends HwError {
  readonly failure: ReadFailure;

  constructor(path: string, cause: unknown) {
    const code = errnoOf(cause) ?? 'unknown';
    super('Unavailable', `${path} cannot be read: ${code}`, { cause });
    this.failure = { path, code };
  }
}

/**
 * Errors by which the kernel says that there is nothing: no such entry, one
 * that just vanished (sysfs: ENODEV, procfs: ESRCH), a path that leads nowhere,
 * or an attribute without a value. Any other, like being out of file
 * descriptors, says nothing about the host.
 */
const absence: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENODEV',
  'ENXIO',
  'ESRCH',
  'ELOOP',
  'ENAMETOOLONG',
  'EINVAL',
  'ENODATA',
  'EOPNOTSUPP',
  'ENOTSUP',
]);

/** True if the error of a file system call says that there is nothing to read. */
export function isAbsence(error: unknown): boolean {
  return absence.has(errnoOf(error) ?? '');
}

/** What `read` returns; undefined if there is nothing at the host path. */
export function ifPresent<T>(hostPath: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error instanceof UnreadableError ? error : new UnreadableError(hostPath, error);
  }
}

/** What `read` returns; `otherwise` if the host cannot be read, of which `report` is told. */
export function ifReadable<T>(otherwise: T, read: () => T, report?: (failure: ReadFailure) => void): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    report?.(error.failure);
    return otherwise;
  }
}

/** `/sys/class/cxi (EMFILE)`, and how many more. */
export function formatFailures(failures: readonly ReadFailure[]): string {
  const named = failures.slice(0, 3).map(({ path, code }) => `${path} (${code})`);
  const more = failures.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function errnoOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
