import {
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  type ObjectMeta,
  resources,
} from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner } from '../identity.ts';
import { isAdminClientWanted } from '../manifests/admin-client.ts';
import { certificates } from '../manifests/certificate.ts';
import { type CredentialVersions, credentialKey, credentialsOf } from '../manifests/credentials.ts';

/**
 * What a pass needs of objects that are not watched: those of users, which would be all Secrets of
 * the cluster, and those of cert-manager, which may not be installed.
 */
export interface Related {
  readonly credentials: CredentialVersions;
  /** The Certificate of the cluster. */
  readonly certificate?: KubeObject;
  /** False where a Certificate is wanted and there is no such kind. */
  readonly hasCertManager: boolean;
  /** A Deployment of somebody else has the name of the admin client. */
  readonly isClientForeign: boolean;
  /** Versions of what the login of the operator reads. */
  readonly loginVersions: string;
}

export const nothingRelated: Related = {
  credentials: new Map(),
  hasCertManager: true,
  isClientForeign: false,
  loginVersions: '',
};

/** Reads of an API server what `lookUp` wants of it. */
export type RelatedReader = Pick<KubeClient, 'get' | 'getMetadata' | 'request'>;

/** @param effective undefined for a spec that makes no sense, or of which nothing more is made */
export async function lookUp(
  client: RelatedReader,
  owner: Owner,
  effective: EffectiveSpec | undefined,
  signal: AbortSignal,
): Promise<Omit<Related, 'loginVersions'>> {
  const { namespace, name } = owner;
  const certificateKey = { namespace, name: names.certificate(name) };
  const certificate = await ignoreNotFound(client.get(certificates, certificateKey, { signal }));
  const found = certificate === undefined ? {} : { certificate };
  if (effective === undefined) return { ...nothingRelated, ...found };
  const wantsCertificate = effective.tls?.kind === 'certificate';
  return {
    ...found,
    credentials: await versionsOf(client, owner, effective, signal),
    hasCertManager:
      !wantsCertificate || certificate !== undefined || (await isCertManagerThere(client, signal)),
    isClientForeign: isAdminClientWanted(effective) && (await isClientForeign(client, owner, signal)),
  };
}

async function versionsOf(
  client: RelatedReader,
  { namespace, name: cluster }: Owner,
  effective: EffectiveSpec,
  signal: AbortSignal,
): Promise<CredentialVersions> {
  const read = credentialsOf(cluster, effective).map(async (credential) => {
    const type = credential.kind === 'Secret' ? resources.secrets : resources.configMaps;
    const key = { namespace, name: credential.name };
    const found = await ignoreNotFound(client.getMetadata(type, key, { signal }));
    return [credentialKey(credential), found === undefined ? undefined : versionOf(found)] as const;
  });
  return new Map(await Promise.all(read));
}

/** One that was deleted and made anew is another. */
function versionOf({ uid = '', resourceVersion = '' }: ObjectMeta): string {
  return `${uid} ${resourceVersion}`;
}

/** Everybody may ask which kinds there are. */
async function isCertManagerThere(client: RelatedReader, signal: AbortSignal): Promise<boolean> {
  const path = `/apis/${certificates.group}/${certificates.version}`;
  return (await ignoreNotFound(client.request('GET', path, { signal }))) !== undefined;
}

async function isClientForeign(client: RelatedReader, owner: Owner, signal: AbortSignal): Promise<boolean> {
  const key = { namespace: owner.namespace, name: names.adminClient(owner.name) };
  const found = await ignoreNotFound(client.getMetadata(resources.deployments, key, { signal }));
  if (found === undefined) return false;
  const { uid } = owner.object.metadata ?? {};
  return found.ownerReferences?.some((one) => one.controller === true && one.uid === uid) !== true;
}
