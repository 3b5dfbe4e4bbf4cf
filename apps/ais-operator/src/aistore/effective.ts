import type { AIStoreSpec } from '@rackwright/api';
import type { Role } from './identity.ts';

/** Where `/etc/ais` of a pod lives. */
export type StateStorage =
  | { readonly kind: 'host path'; readonly prefix: string }
  | { readonly kind: 'claim'; readonly storageClass: string }
  | { readonly kind: 'empty folder' };

/** How pods come by the certificate they serve. */
export type TlsSource =
  | { readonly kind: 'secret'; readonly secretName: string }
  | {
      readonly kind: 'certificate' | 'csi';
      readonly certificate: NonNullable<NonNullable<AIStoreSpec['tls']>['certificate']>;
    };

/** A spec with older fields read as what they stand for now. */
export interface EffectiveSpec {
  readonly spec: AIStoreSpec;
  readonly state: StateStorage;
  readonly tls: TlsSource | undefined;
  readonly useHttps: boolean;
  /** Whether pods of a role are reached from outside of the cluster. */
  readonly external: Readonly<Record<Role, boolean>>;
  /** Cloud providers whose buckets are served, in a fixed order. */
  readonly backends: readonly ('aws' | 'azure' | 'gcp' | 'oci')[];
}

/** Variables of targets that tell of Azure (ais.md §2.8). */
const azureVariables: ReadonlySet<string> = new Set([
  'AZURE_STORAGE_ACCOUNT',
  'AZURE_STORAGE_KEY',
  'AIS_AZURE_URL',
]);

/** Secrets by which images are pulled; an entry without a name names none. */
export function pullSecrets({ imagePullSecrets = [] }: AIStoreSpec): { name: string }[] {
  return imagePullSecrets.flatMap(({ name }) => (name === undefined || name === '' ? [] : [{ name }]));
}

export function effectiveSpec(spec: AIStoreSpec): EffectiveSpec {
  const tls = tlsOf(spec);
  return {
    spec,
    state: stateOf(spec),
    tls,
    useHttps: spec.configToUpdate?.net?.http?.use_https ?? false,
    external: {
      proxy: spec.proxySpec.externalAccess !== undefined || spec.enableExternalLB === true,
      target: spec.targetSpec.externalAccess !== undefined || spec.enableExternalLB === true,
    },
    backends: backendsOf(spec),
  };
}

function stateOf({ stateStorage, stateStorageClass, hostpathPrefix }: AIStoreSpec): StateStorage {
  if (stateStorage?.hostPath !== undefined)
    return { kind: 'host path', prefix: stateStorage.hostPath.prefix };
  if (stateStorage?.pvc !== undefined) return { kind: 'claim', storageClass: stateStorage.pvc.storageClass };
  if (stateStorage?.emptyDir !== undefined) return { kind: 'empty folder' };
  // Where both are given the class wins, as ever.
  if (stateStorageClass !== undefined && stateStorageClass !== '')
    return { kind: 'claim', storageClass: stateStorageClass };
  return { kind: 'host path', prefix: hostpathPrefix ?? '' };
}

function tlsOf({ tls }: AIStoreSpec): TlsSource | undefined {
  if (tls?.secretName !== undefined) return { kind: 'secret', secretName: tls.secretName };
  if (tls?.certificate === undefined) return undefined;
  const { certificate } = tls;
  return { kind: certificate.mode === 'csi' ? 'csi' : 'certificate', certificate };
}

function backendsOf({ awsSecretName, gcpSecretName, ociSecretName, targetSpec }: AIStoreSpec) {
  const azure = targetSpec.env?.some(({ name }) => azureVariables.has(name)) === true;
  const given = {
    aws: awsSecretName,
    azure: azure ? 'env' : undefined,
    gcp: gcpSecretName,
    oci: ociSecretName,
  };
  return (['aws', 'azure', 'gcp', 'oci'] as const).filter((provider) => (given[provider] ?? '') !== '');
}
