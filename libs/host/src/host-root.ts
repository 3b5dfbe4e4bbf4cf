import { join } from 'node:path';

/**
 * Where a node's own file system begins: `/` when the agent runs on the host,
 * the mount point of the host's root inside a container, or a simulated host.
 * The only place where the names /sys, /dev, /proc, /run and /etc are written.
 */
export class HostRoot {
  /** The folder that stands for the host's `/`, without a trailing slash unless it is `/`. */
  readonly prefix: string;

  constructor(prefix = '/') {
    this.prefix = prefix === '/' ? '/' : prefix.replace(/\/+$/, '');
  }

  /** The path, as this process sees it, of the host's absolute path `hostPath`. */
  path(hostPath: string): string {
    return this.prefix === '/' ? join('/', hostPath) : this.prefix + join('/', hostPath);
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
