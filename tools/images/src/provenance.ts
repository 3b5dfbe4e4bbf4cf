import type { Commit } from './commit.ts';
import { hexOf, integrityDigest } from './digest.ts';
import type { Origin } from './origin.ts';

/** How a build of this kind is read, whoever made it. */
const buildType = 'https://github.com/rackwright/rackwright/docs/images.md#provenance';

/** A thing that went into an image. */
export interface Material {
  /** Where it can be had; what never left the machine has a name only. */
  readonly uri?: string;
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** What is said about how an image came to be. */
export interface ProvenanceFacts {
  readonly app: string;
  readonly reference: string;
  /** Digest of the image's manifest. */
  readonly digest: string;
  readonly commit: Commit;
  readonly origin: Origin;
  /** Programs that took part, with their versions. */
  readonly versions: Readonly<Record<string, string>>;
  /** Beside the source: the bundle, the bases, the Node package. */
  readonly materials: readonly Material[];
}

/** An in-toto statement with a SLSA provenance v1 predicate; it names no time but the commit's. */
export function provenance(facts: ProvenanceFacts): string {
  const { app, reference, digest, commit, origin, versions, materials } = facts;
  const sourceDigest = {
    gitCommit: commit.revision.replace(/-dirty$/, ''),
    ...(commit.tree === undefined ? {} : { gitTree: commit.tree }),
  };
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: reference.replace(/:[^/:]*$/, ''), digest: { sha256: hexOf(digest) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: { app, reference, dockerfile: `apps/${app}/Dockerfile` },
        internalParameters: {
          sourceDateEpoch: commit.time.getTime() / 1000,
          uncommittedChanges: commit.revision.endsWith('-dirty'),
        },
        resolvedDependencies: [{ uri: `git+${origin.repository}`, digest: sourceDigest }, ...materials],
      },
      runDetails: { builder: { id: origin.builder, version: versions } },
    },
  };
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}

/** The Node package as the lock file pins it. */
export function npmMaterial(name: string, version: string, integrity: string): Material {
  return { uri: `pkg:npm/${name}@${version}`, digest: integrityDigest(integrity) };
}
