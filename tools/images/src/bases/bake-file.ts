import type { Commit } from '../commit.ts';
import { imageArguments } from '../image-arguments.ts';
import type { Origin } from '../origin.ts';
import { type BaseName, baseReferences } from './references.ts';

/** One app as BuildKit builds it. */
export interface BakeApp {
  readonly name: string;
  readonly version: string;
  /** The bases its Dockerfile names. */
  readonly bases: readonly BaseName[];
}

/** What the file says beside the apps. */
export interface BakeFileOptions {
  readonly commit: Commit;
  readonly origin: Origin;
  /** Public image the base stands on, pinned by its digest. */
  readonly base: string;
  /** Public Debian image the agents' programs come from, pinned by its digest. */
  readonly mountTools: string;
}

/** An expression of bake's: apps and base have the same platforms, those of the variable. */
const platforms = `\${split(",", PLATFORMS)}`;

/**
 * The file `docker buildx bake` reads at the root of the checkout: the Dockerfiles, contexts and arguments of
 * `nx container`, for several platforms and on public images.
 */
export function bakeFile(apps: readonly BakeApp[], options: BakeFileOptions): object {
  const epoch = String(options.commit.time.getTime() / 1000);
  const base = {
    context: 'dist/bake',
    dockerfile: '../../tools/images/base/Dockerfile',
    args: { SOURCE_DATE_EPOCH: epoch, BASE: options.base },
    platforms,
  };
  const storageTools = {
    context: 'tools/images/storage-tools',
    dockerfile: 'debian.Dockerfile',
    args: { SOURCE_DATE_EPOCH: epoch, DEBIAN: options.mountTools },
    platforms,
  };
  return {
    variable: {
      REGISTRY: { default: 'ghcr.io/rackwright' },
      PLATFORMS: { default: 'linux/amd64,linux/arm64' },
    },
    group: { default: { targets: apps.map(({ name }) => name) } },
    target: {
      base,
      'storage-tools': storageTools,
      ...Object.fromEntries(apps.map((app) => [app.name, appTarget(app, { ...options, epoch })])),
    },
  };
}

function appTarget(
  { name, version, bases }: BakeApp,
  { commit, origin, base, mountTools, epoch }: BakeFileOptions & { readonly epoch: string },
): object {
  const sources: Partial<Record<BaseName, string>> = {
    base: 'target:base',
    'mount-tools': `docker-image://${mountTools}`,
    'storage-tools': 'target:storage-tools',
  };
  // Of the base made here nobody else knows the name or the digest: what is named is what it stands on.
  const [baseName = '', baseDigest = ''] = base.split('@');
  return {
    context: `dist/apps/${name}`,
    dockerfile: `../../../apps/${name}/Dockerfile`,
    // BuildKit knows an image with the tag "latest" without it.
    contexts: Object.fromEntries(
      bases.map((one) => [baseReferences[one].replace(/:latest$/, ''), sources[one]]),
    ),
    args: {
      ...imageArguments({ version, commit, origin, baseDigest }),
      BASE_NAME: baseName,
      SOURCE_DATE_EPOCH: epoch,
    },
    platforms,
    tags: [`\${REGISTRY}/${name}:${version}`],
    attest: ['type=sbom', 'type=provenance,mode=max'],
  };
}
