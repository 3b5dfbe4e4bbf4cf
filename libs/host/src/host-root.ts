import { join } from 'node:path';

/**
 * Where a node's own file system begins: `/` when the agent runs on the host,
 * the mount point of the host's root inside a container, or a simulated host.
 * The only place where the names /sys, /dev, /proc, /run and /etc are written.
 */
export class HostRoot {
  /** The folder that stands for the host's `/`, without a trailing slash unless it is `/`. */
  readonly prefix: string;
  readonly #mounts: readonly (readonly [at: string, source: string])[];

  /**
   * @param mounts what stands at which host path in place of what the prefix
   *   holds there, as a mount would; only where there are no real mounts
   */
  constructor(prefix = '/', mounts: ReadonlyMap<string, string> = new Map()) {
    this.prefix = prefix === '/' ? '/' : prefix.replace(/\/+$/, '');
    this.#mounts = [...mounts].sort(([a], [b]) => b.length - a.length);
  }

  /** The path, as this process sees it, of the host's absolute path `hostPath`. */
  path(hostPath: string): string {
    const path = fromTop(hostPath);
    for (const [at, source] of this.#mounts) {
      if (path === at || path.startsWith(`${at}/`)) return source + path.slice(at.length);
    }
    return this.prefix === '/' ? path : this.prefix + path;
  }

  sys(...parts: string[]): string {
    return join('/sys', ...parts);
  }

  dev(...parts: string[]): string {
    return join('/dev', ...parts);
  }

  proc(...parts: string[]): string {
    return join('/proc', ...parts);
  }

  run(...parts: string[]): string {
    return join('/run', ...parts);
  }

  etc(...parts: string[]): string {
    return join('/etc', ...parts);
  }
}

/** The path from `/`, without `.`, `..` and empty parts. Nearly all come that way, and are not built anew. */
export function fromTop(path: string): string {
  return path.startsWith('/') && !/\/[./]/.test(path) ? path : join('/', path);
}
