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
}

/** A component from npm. */
export function npmComponent(
  { name, version, license }: { name: string; version: string; license: string },
  rest: Pick<Component, 'sha256' | 'comment'> = {},
): Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { name, version, licence: license, purl, ...rest };
}
