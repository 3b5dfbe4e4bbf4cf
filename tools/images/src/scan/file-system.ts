import type { TarEntry } from '@rackwright/testbed/without-nodes';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/** What a container sees: the layers laid over each other, by path. */
export function fileSystem(layers: readonly (readonly TarEntry[])[]): Map<string, TarEntry> {
  const files = new Map<string, TarEntry>();
  for (const layer of layers) {
    for (const { path } of layer) hide(files, path);
    for (const entry of layer) {
      if (!nameOf(entry.path).startsWith(whiteout) && entry.path !== '') files.set(entry.path, entry);
    }
  }
  return files;
}

/** Takes away what a whiteout of an upper layer removes from the lower ones. */
function hide(files: Map<string, TarEntry>, path: string): void {
  const name = nameOf(path);
  if (!name.startsWith(whiteout)) return;
  const folder = path.slice(0, path.length - name.length);
  const gone = name === opaque ? folder : folder + name.slice(whiteout.length);
  for (const other of [...files.keys()]) {
    if (other === gone || other.startsWith(gone.endsWith('/') || gone === '' ? gone : `${gone}/`))
      files.delete(other);
  }
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
