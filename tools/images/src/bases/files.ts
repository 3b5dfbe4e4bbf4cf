import { chmod, copyFile, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A folder that becomes the root of an image. */
export class RootFolder {
  readonly path: string;
  readonly #sources = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  /** The files of this machine that are in it. */
  get sources(): readonly string[] {
    return [...this.#sources];
  }

  /** Copies a file of this machine, links followed, to `place` in the image. */
  async copy(source: string, place: string, mode: number): Promise<void> {
    const target = await this.#prepare(place);
    this.#sources.add(source);
    await copyFile(await realpath(source), target);
    // Without the umask, and without set-uid bits.
    await chmod(target, mode);
  }

  async write(place: string, text: string): Promise<void> {
    const target = await this.#prepare(place);
    await writeFile(target, text);
    await chmod(target, 0o644);
  }

  async link(place: string, to: string): Promise<void> {
    await symlink(to, await this.#prepare(place));
  }

  async #prepare(place: string): Promise<string> {
    const target = join(this.path, place);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    return target;
  }
}
