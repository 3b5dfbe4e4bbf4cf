import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HwError } from '@rackwright/core';
import { z } from 'zod';
import { parseDocument } from './oci/schemas.ts';

/** Where things are in this checkout. */
export class Workspace {
  readonly root: string;

  constructor(root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))) {
    this.root = root;
  }

  /** Where the images go. */
  get images(): string {
    return join(this.root, 'dist/images');
  }

  /** Where an app's bundle is. */
  bundle(app: string): string {
    return join(this.root, 'dist/apps', app);
  }

  /** Where a file of this project is. */
  own(...names: readonly string[]): string {
    return join(this.root, 'tools/images', ...names);
  }

  /** The program of the test environment's pods. */
  get workload(): string {
    return join(this.root, 'libs/simulator/src/workload/main.ts');
  }

  appFolder(app: string): string {
    return join(this.root, 'apps', app);
  }

  /** The pinned package with Node for this machine. */
  readonly nodePackageName = `node-linux-${process.arch}`;

  get nodePackage(): string {
    return join(this.root, 'node_modules', this.nodePackageName);
  }

  /**
   * Name, version and description in a package.json.
   *
   * @throws HwError NotFound or InvalidArgument naming the file
   */
  async manifest(folder: string): Promise<PackageManifest> {
    const path = join(folder, 'package.json');
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new HwError('NotFound', `cannot read ${path}`, { cause });
    });
    return parseDocument(packageSchema, text, path);
  }

  /**
   * Version and hash of a package as package-lock.json pins it.
   *
   * @throws HwError NotFound when it does not
   */
  async pinned(name: string): Promise<PinnedPackage> {
    const path = join(this.root, 'package-lock.json');
    const { packages } = parseDocument(lockSchema, await readFile(path, 'utf8'), path);
    const { version, integrity } = packages[`node_modules/${name}`] ?? {};
    if (version !== undefined && integrity !== undefined) return { version, integrity };
    throw new HwError('NotFound', `${path} does not pin ${name}`);
  }
}

/** A package as the lock file pins it. */
export interface PinnedPackage {
  readonly version: string;
  /** SRI string, such as `sha512-…`. */
  readonly integrity: string;
}

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string().default(''),
  license: z.string().default('NOASSERTION'),
});

export type PackageManifest = z.infer<typeof packageSchema>;
