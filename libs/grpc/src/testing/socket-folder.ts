import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A fresh folder with a path short enough for sockets; removed when disposed. */
export function socketFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join('/tmp', 'rwk-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
