import { type HostFileStat, type HostReader, type HostRoot, UnreadableError } from '@rackwright/host';

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
