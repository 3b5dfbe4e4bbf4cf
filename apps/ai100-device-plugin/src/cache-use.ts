import { errorMessage, type Logger } from '@rackwright/core';
import { type FileSystemUse, FileSystemUseReader } from '@rackwright/storage';
import type { VolumeState } from './cache/index.ts';
import type { HostAccess } from './host-access.ts';

/** How full the mounted volumes are, by where they are mounted on the host. */
export type CacheUses = ReadonlyMap<string, FileSystemUse>;

/** Asks the volumes how full they are. A simulated host has no file systems of its own to ask. */
export class CacheUseReader {
  readonly #host: Pick<HostAccess, 'root' | 'tools'>;
  readonly #reader: FileSystemUseReader;
  readonly #logger: Logger;
  #failure: string | undefined;

  constructor(host: Pick<HostAccess, 'root' | 'tools' | 'calls'>, logger: Logger) {
    this.#host = host;
    this.#reader = new FileSystemUseReader(host.calls);
    this.#logger = logger;
  }

  /** Does not throw but for the signal's reason; one that hangs or is seen as another is left out. */
  async read(volumes: readonly VolumeState[], signal: AbortSignal): Promise<CacheUses> {
    const { root, tools } = this.#host;
    const uses = new Map<string, FileSystemUse>();
    if (tools.entry === 'tree' && root.prefix !== '/') return uses;
    for (const { hostPath, device, mounted } of volumes) {
      if (!mounted || device === undefined) continue;
      try {
        uses.set(hostPath, await this.#reader.read(root.path(hostPath), device, signal));
        this.#failure = undefined;
      } catch (error) {
        signal.throwIfAborted();
        const failure = errorMessage(error);
        if (failure !== this.#failure) this.#logger.warn('use of the cache not read', { error: failure });
        this.#failure = failure;
      }
    }
    return uses;
  }
}
