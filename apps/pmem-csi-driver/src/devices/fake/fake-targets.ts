import { readFile, readlink } from 'node:fs/promises';
import { writeFileDurable } from '@rackwright/host';
import { changeFolder } from '../../state/folder-change.ts';
import type { FakeVolume } from './fake-volume.ts';

/** Where fake volumes are published: links, and a list of them in the volume's folder. */
export class FakeTargets {
  readonly #resolve: (path: string) => string;

  /** @param resolve the path, as this process sees it, of one in a request */
  constructor(resolve: (path: string) => string) {
    this.#resolve = resolve;
  }

  /** Targets that still are links to the volume: a pod's folder may be gone without a word. */
  async of(volume: FakeVolume): Promise<string[]> {
    const targets = await readLines(volume.targets);
    const links = await Promise.all(targets.map((target) => this.link(target)));
    return targets.filter((_, i) => links[i]?.startsWith(`${volume.folder}/`));
  }

  /** Where the link at a target leads; empty if there is none. */
  link(target: string): Promise<string> {
    // EINVAL: what is there is no link.
    return readlink(this.#resolve(target)).catch(emptyIf('ENOENT', 'ENOTDIR', 'EINVAL'));
  }

  /** Written before the link is made, so that no link is unknown. */
  async add(volume: FakeVolume, target: string): Promise<void> {
    const targets = new Set([...(await this.of(volume)), target]);
    await this.#write(volume, [...targets]);
  }

  async remove(volume: FakeVolume, target: string): Promise<void> {
    const targets = await readLines(volume.targets);
    if (targets.includes(target))
      await this.#write(
        volume,
        targets.filter((one) => one !== target),
      );
  }

  #write({ folder, targets: path }: FakeVolume, targets: readonly string[]): Promise<void> {
    return changeFolder(folder, () => writeFileDurable(path, lines(targets)));
  }
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(emptyIf('ENOENT'));
  return text.split('\n').filter((line) => line !== '');
}

/** What cannot be read for any other reason is not known to be unused. */
function emptyIf(...codes: readonly string[]): (error: NodeJS.ErrnoException) => string {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
    return '';
  };
}
