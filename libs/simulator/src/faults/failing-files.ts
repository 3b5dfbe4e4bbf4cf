import { type HostFileStat, type HostReader, type HostRoot, UnreadableError } from '@rackwright/host';

const codes = ['EMFILE', 'EACCES', 'EIO', 'ENOMEM'];

/**
 * Picks paths that cannot be read, the same ones for the same seed.
 *
 * @param ofTen how many of ten fail
 */
export function randomFailures(seed: number, ofTen: number): (hostPath: string) => string | undefined {
  return (path) => (hash(path, seed) % 10 < ofTen ? codes[hash(path, seed + 1) % codes.length] : undefined);
}

/** FNV-1a, begun with the seed. */
function hash(text: string, seed: number): number {
  let value = seed | 1;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619) >>> 0;
  return value;
}

/** A host of which the paths that `fails` picks cannot be read, by whatever call. */
export class FailingFiles implements HostReader {
  readonly #files: HostReader;
  readonly #fails: (hostPath: string) => string | undefined;

  /** @param fails the name of the error for a path, undefined for none */
  constructor(files: HostReader, fails: (hostPath: string) => string | undefined) {
    this.#files = files;
    this.#fails = fails;
  }

  get root(): HostRoot {
    return this.#files.root;
  }

  readText(hostPath: string): string | undefined {
    return this.#try(hostPath).readText(hostPath);
  }

  readTrimmed(hostPath: string): string | undefined {
    return this.#try(hostPath).readTrimmed(hostPath);
  }

  readInteger(hostPath: string): number | undefined {
    return this.#try(hostPath).readInteger(hostPath);
  }

  list(hostPath: string): string[] {
    return this.#try(hostPath).list(hostPath);
  }

  readLink(hostPath: string): string | undefined {
    return this.#try(hostPath).readLink(hostPath);
  }

  stat(hostPath: string): HostFileStat | undefined {
    return this.#try(hostPath).stat(hostPath);
  }

  exists(hostPath: string): boolean {
    return this.#try(hostPath).exists(hostPath);
  }

  resolve(hostPath: string): string | undefined {
    return this.#try(hostPath).resolve(hostPath);
  }

  batch<T>(look: () => T): T {
    return this.#files.batch(look);
  }

  #try(hostPath: string): HostReader {
    const code = this.#fails(hostPath);
    if (code !== undefined) throw new UnreadableError(hostPath, Object.assign(new Error(code), { code }));
    return this.#files;
  }
}
