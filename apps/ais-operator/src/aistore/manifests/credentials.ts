import { createHash } from 'node:crypto';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Role, roles } from '../identity.ts';

/** A Secret or ConfigMap of a user that pods of a role read. */
export interface Credential {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly roles: readonly Role[];
}

/**
 * Which change each Secret or ConfigMap was last seen with, by `credentialKey`; undefined for one
 * that does not exist. One that was not looked for has no entry.
 */
export type CredentialVersions = ReadonlyMap<string, string | undefined>;

export function credentialKey({ kind, name }: Pick<Credential, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}

/** What the fields of a spec name that pods read (ais.md §3.2); variables of users are none of it. */
export function credentialsOf(cluster: string, { spec, tls }: EffectiveSpec): Credential[] {
  const secret = (name: string | undefined, of: readonly Role[]): Credential[] =>
    name === undefined || name === '' ? [] : [{ kind: 'Secret', name, roles: of }];
  const certificate = tls?.kind === 'secret' ? tls.secretName : names.certificateSecret(cluster);
  return [
    ...(tls === undefined || tls.kind === 'csi' ? [] : secret(certificate, roles)),
    ...secret(spec.tracingTokenSecretName, roles),
    ...secret(spec.authNSecretName, ['proxy']),
    ...secret(spec.awsSecretName, ['target']),
    ...secret(spec.gcpSecretName, ['target']),
    ...secret(spec.ociSecretName, ['target']),
    ...(spec.issuerCAConfigMap === undefined
      ? []
      : [{ kind: 'ConfigMap' as const, name: spec.issuerCAConfigMap, roles: ['proxy'] as const }]),
  ];
}

/** Those without which pods cannot start, as `Secret name`. */
export function missingCredentials(
  credentials: readonly Credential[],
  versions: CredentialVersions,
): readonly string[] {
  const keys = [...new Set(credentials.map(credentialKey))];
  return keys.filter((key) => versions.has(key) && versions.get(key) === undefined);
}

/**
 * Digest of which versions pods of a role were started with: a change rolls them. It is made of what
 * the API server counts up, never of contents, which could be guessed from it. Undefined where
 * pods read nothing.
 */
export function credentialsDigest(
  credentials: readonly Credential[],
  versions: CredentialVersions,
  role: Role,
): string | undefined {
  const read = credentials
    .filter((one) => one.roles.includes(role))
    .flatMap((one) => {
      const version = versions.get(credentialKey(one));
      return version === undefined ? [] : [`${credentialKey(one)} ${version}`];
    });
  if (read.length === 0) return undefined;
  return createHash('sha256')
    .update([...new Set(read)].sort().join('\n'))
    .digest('hex');
}
