import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBase } from './bases/build-bases.ts';
import { type BaseName, basesOf } from './bases/references.ts';
import { buildImage } from './build-image.ts';
import type { Commit } from './commit.ts';
import { hexOf, sha256 } from './digest.ts';
import type { BuildTool } from './engine/build-tool.ts';
import { imageArguments } from './image-arguments.ts';
import type { ImagesFolder } from './images-folder.ts';
import type { Image } from './oci/image.ts';
import { imageDocuments, writeOciArchive } from './oci/layout.ts';
import type { Origin } from './origin.ts';
import { type Material, npmMaterial, provenance } from './provenance.ts';
import { bundleComponents } from './sbom/bundle.ts';
import { containedPackages, spdxDocument, spdxPackage } from './sbom/spdx.ts';
import type { Workspace } from './workspace.ts';

/** What building an app's image needs. */
export interface AppImageOptions {
  readonly workspace: Workspace;
  readonly folder: ImagesFolder;
  readonly tool: BuildTool;
  readonly commit: Commit;
  readonly origin: Origin;
}

interface Base {
  readonly name: BaseName;
  readonly image: Image;
}

/**
 * Builds the image of one app from its bundle and the bases, which must be
 * there, and writes it with its list of contents and its provenance.
 */
export async function buildApp(app: string, options: AppImageOptions): Promise<Image> {
  const { workspace, folder, tool, commit, origin } = options;
  const { version } = await workspace.manifest(workspace.appFolder(app));
  const dockerfile = join(workspace.appFolder(app), 'Dockerfile');
  const names = basesOf(await readFile(dockerfile, 'utf8'));
  const bases = await Promise.all(
    names.map(async (name): Promise<Base> => ({ name, image: await readBase(name, folder) })),
  );
  const image = await buildImage(
    {
      reference: `ghcr.io/rackwright/${app}:${version}`,
      created: commit.time,
      dockerfile,
      context: workspace.bundle(app),
      args: imageArguments({
        ...{ version, commit, origin },
        baseDigest: bases[0] === undefined ? '' : imageDocuments(bases[0].image).digest,
      }),
      images: names.map((name) => folder.file(name, 'archive')),
      known: bases.flatMap((base) => base.image.layers),
    },
    tool,
  );
  await folder.write(app, 'archive', await writeOciArchive(image));
  await folder.write(app, 'sbom', await sbomOf(app, image, names, options));
  await folder.write(app, 'provenance', await provenanceOf(app, image, bases, options));
  return image;
}

async function sbomOf(
  app: string,
  image: Image,
  bases: readonly BaseName[],
  { workspace, folder }: AppImageOptions,
): Promise<string> {
  const bundled = await bundleComponents(app, workspace);
  const inherited = await Promise.all(
    bases.map(async (name) =>
      containedPackages(String(await folder.read(name, 'sbom')), folder.file(name, 'sbom')),
    ),
  );
  const packages = [...bundled.map(spdxPackage), ...inherited.flat()];
  return spdxDocument(image, imageDocuments(image).digest, packages);
}

async function provenanceOf(
  app: string,
  image: Image,
  bases: readonly Base[],
  { workspace, tool, commit, origin }: AppImageOptions,
): Promise<string> {
  const node = workspace.nodePackageName;
  const pinned = await workspace.pinned(node);
  const materials: Material[] = [
    ...(await bundleMaterials(app, workspace)),
    ...bases.map(({ image: base }) => ({
      name: base.reference,
      digest: { sha256: hexOf(imageDocuments(base).digest) },
    })),
    npmMaterial(node, pinned.version, pinned.integrity),
  ];
  return provenance({
    app,
    reference: image.reference,
    digest: imageDocuments(image).digest,
    commit,
    origin,
    versions: { [tool.name]: tool.version, node: process.version },
    materials,
  });
}

/** Every program of the bundle: some apps ship a command beside their own. */
async function bundleMaterials(app: string, workspace: Workspace): Promise<Material[]> {
  const bundle = workspace.bundle(app);
  const programs = (await readdir(bundle)).filter((name) => name.endsWith('.js')).sort();
  return Promise.all(
    programs.map(async (name) => ({
      name: `dist/apps/${app}/${name}`,
      digest: { sha256: hexOf(sha256(await readFile(join(bundle, name)))) },
    })),
  );
}
