import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';

const suffixes = { archive: '.oci.tar', sbom: '.spdx.json', provenance: '.provenance.json' } as const;

/** What lies beside each other for one image. */
export type OutputKind = keyof typeof suffixes;

/** The folder images are written to. */
export class ImagesFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: string, kind: OutputKind): string {
    return join(this.path, name + suffixes[kind]);
  }

  /** Whoever reads it meanwhile sees the old file or the new one. */
  async write(name: string, kind: OutputKind, data: Buffer | string): Promise<void> {
    await makeFolder(this.path);
    const path = this.file(name, kind);
    await writeFile(`${path}.part`, data);
    await rename(`${path}.part`, path);
  }

  /** @throws HwError FailedPrecondition saying how to make it */
  async read(name: string, kind: OutputKind): Promise<Buffer> {
    const path = this.file(name, kind);
    return readFile(path).catch((cause: unknown) => {
      throw new HwError('FailedPrecondition', `cannot read ${path}`, {
        cause,
        remedy: 'build the images: npx nx run-many -t container',
      });
    });
  }
}
