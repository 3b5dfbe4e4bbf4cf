/** One thing an image contains: a package of some ecosystem. */
export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; whatever is none is written as not known. */
  readonly licence: string;
  /** Package URL. */
  readonly purl: string;
  /** Hex digest, where the component is one file. */
  readonly sha256?: string;
  readonly comment?: string;
  /** What vulnerability databases call it, where the package URL leads to none of theirs. */
  readonly cpe?: string;
}

/** A component from npm. */
export function npmComponent(
  { name, version, license }: { name: string; version: string; license: string },
  rest: Pick<Component, 'sha256' | 'comment' | 'cpe'> = {},
): Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { name, version, licence: license, purl, ...rest };
}

/**
 * A public image something stands on, which publishes its own list of contents.
 *
 * @param reference pinned by digest, with or without a tag
 */
export function imageComponent(reference: string): Component {
  const [, repository = reference, tag, digest = ''] = /^(.+?)(?::([^/:@]+))?@(.+)$/.exec(reference) ?? [];
  const name = repository.slice(repository.lastIndexOf('/') + 1);
  const tagged = tag === undefined ? '' : `&tag=${tag}`;
  const purl = `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${repository}${tagged}`;
  return { name: repository, version: digest, licence: 'NOASSERTION', purl };
}
