import type { PersistentVolumeClaimSpec, Template, Volume, VolumeMount } from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner, type Role } from '../identity.ts';
import { certificateUsages, clusterNames } from './certificate.ts';

/** As the API server would fill it in; written out so that a comparison finds no difference. */
const readable = 0o644;
const ofPod = '$(MY_POD)';

/** Volumes of a pod and where its containers have them (ais.md §3.2). */
export interface PodVolumes {
  readonly volumes: Volume[];
  readonly initMounts: VolumeMount[];
  readonly nodeMounts: VolumeMount[];
  readonly logMounts: VolumeMount[];
  readonly claims: Template<PersistentVolumeClaimSpec>[];
}

/** A volume with its mount in the container that runs AIStore. */
interface NodeVolume {
  readonly volume?: Volume;
  readonly claim?: Template<PersistentVolumeClaimSpec>;
  readonly mount: VolumeMount;
}

/** @param domain of the names of Services */
export function podVolumes(owner: Owner, effective: EffectiveSpec, role: Role, domain: string): PodVolumes {
  const config = configVolumes(owner, role);
  const logs = logVolume(owner, effective, role);
  const own = [
    logs,
    stateVolume(owner, effective, role),
    ...tlsVolumes(owner, effective, role, domain),
    ...secretVolumes(effective, role),
    ...(role === 'target' ? dataVolumes(owner, effective) : []),
  ];
  const configMount: VolumeMount = { name: 'config-mount', mountPath: '/var/ais_config' };
  return {
    volumes: [...config, ...own.flatMap(({ volume }) => volume ?? [])],
    initMounts: [
      { name: 'config-template', mountPath: '/var/ais_config_template' },
      configMount,
      { name: 'config-global', mountPath: '/var/global_config' },
    ],
    nodeMounts: [configMount, ...own.map(({ mount }) => mount)],
    logMounts: [logs.mount],
    claims: own.flatMap(({ claim }) => claim ?? []),
  };
}

function configVolumes({ name }: Owner, role: Role): Volume[] {
  return [
    { name: 'config-template', configMap: { name: names.role(name, role), defaultMode: readable } },
    { name: 'config-mount', emptyDir: {} },
    { name: 'config-global', configMap: { name: names.globalConfig(name), defaultMode: readable } },
  ];
}

/** Targets of one node must not share a folder; proxies of one node never are. */
function subPath(role: Role): { subPathExpr?: string } {
  return role === 'target' ? { subPathExpr: ofPod } : {};
}

function logVolume({ namespace, name }: Owner, { spec }: EffectiveSpec, role: Role): NodeVolume {
  const mount: VolumeMount = { name: 'logs-dir', mountPath: '/var/log/ais', ...subPath(role) };
  const folder = spec.logsDir ?? '';
  if (folder === '') return { volume: { name: 'logs-dir', emptyDir: {} }, mount };
  const path = `${folder}/${namespace}/${name}/${role}`;
  return { volume: { name: 'logs-dir', hostPath: { path, type: 'DirectoryOrCreate' } }, mount };
}

function stateVolume({ namespace, name }: Owner, { state }: EffectiveSpec, role: Role): NodeVolume {
  const mountPath = '/etc/ais';
  if (state.kind === 'empty folder')
    return { volume: { name: 'state-mount', emptyDir: {} }, mount: { name: 'state-mount', mountPath } };
  if (state.kind === 'host path') {
    const path = `${state.prefix}/${namespace}/${name}/${role}`;
    return {
      volume: { name: 'state-mount', hostPath: { path, type: 'DirectoryOrCreate' } },
      mount: { name: 'state-mount', mountPath, ...subPath(role) },
    };
  }
  const claimName = `${namespace}-${name}-state`;
  return {
    claim: {
      metadata: { name: claimName },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: state.storageClass,
        resources: { requests: { storage: '1Gi' } },
      },
    },
    mount: { name: claimName, mountPath },
  };
}

function tlsVolumes(owner: Owner, effective: EffectiveSpec, role: Role, domain: string): NodeVolume[] {
  const { tls } = effective;
  if (tls === undefined) return [];
  const mount: VolumeMount = { name: 'tls-certs', mountPath: '/var/certs', readOnly: true };
  if (tls.kind === 'csi') {
    const dnsNames = clusterNames({ owner, effective, domain });
    return [{ volume: csiCertificate(owner, tls.certificate, role, dnsNames), mount }];
  }
  const secretName = tls.kind === 'secret' ? tls.secretName : names.certificateSecret(owner.name);
  return [{ volume: { name: 'tls-certs', secret: { secretName, defaultMode: readable } }, mount }];
}

function csiCertificate(
  { name, namespace }: Owner,
  {
    issuerRef,
    duration,
    renewBefore,
  }: Extract<NonNullable<EffectiveSpec['tls']>, { kind: 'csi' | 'certificate' }>['certificate'],
  role: Role,
  dnsNames: readonly string[],
): Volume {
  const key = (name: string): string => `csi.cert-manager.io/${name}`;
  const service = names.role(name, role);
  const attributes: Record<string, string | undefined> = {
    'issuer-name': issuerRef.name,
    'issuer-kind': issuerRef.kind,
    'common-name': `${service}.${namespace}`,
    'dns-names': dnsNames.join(','),
    'key-usages': certificateUsages.join(','),
    duration,
    'renew-before': renewBefore,
  };
  const volumeAttributes = Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[key(name), value]])),
  );
  return { name: 'tls-certs', csi: { driver: 'csi.cert-manager.io', readOnly: true, volumeAttributes } };
}

function secretVolumes({ spec }: EffectiveSpec, role: Role): NodeVolume[] {
  const { tracingTokenSecretName, issuerCAConfigMap } = spec;
  const secret = (name: string, secretName: string | undefined, mountPath: string): NodeVolume[] =>
    secretName === undefined || secretName === ''
      ? []
      : [
          {
            volume: { name, secret: { secretName, defaultMode: readable } },
            mount: { name, mountPath, readOnly: true },
          },
        ];
  const tracing = secret('tracing-token', tracingTokenSecretName, '/var/traces');
  if (role === 'target')
    return [
      ...tracing,
      ...secret('aws-creds', spec.awsSecretName, '/root/.aws'),
      ...secret('gcp-creds', spec.gcpSecretName, '/var/gcp'),
      ...secret('oci-creds', spec.ociSecretName, '/root/.oci'),
    ];
  if (issuerCAConfigMap === undefined) return tracing;
  const name = 'oidc-ca';
  return [
    ...tracing,
    {
      volume: { name, configMap: { name: issuerCAConfigMap, defaultMode: readable } },
      mount: { name, mountPath: '/etc/ais/oidc-ca', readOnly: true },
    },
  ];
}

/** What a target keeps objects on. */
function dataVolumes({ namespace, name }: Owner, { spec }: EffectiveSpec): NodeVolume[] {
  return spec.targetSpec.mounts.map(({ path, useHostPath, storageClass, selector, size }, i) => {
    if (useHostPath === true) {
      const volume = `host-data-mount-${i}`;
      return {
        volume: {
          name: volume,
          hostPath: { path: `${path}/${namespace}/${name}/target`, type: 'DirectoryOrCreate' },
        },
        mount: { name: volume, mountPath: path },
      };
    }
    const claimName = `${name}${path.replaceAll('/', '-')}`;
    return {
      claim: {
        metadata: { name: claimName },
        spec: {
          accessModes: ['ReadWriteOnce'],
          ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
          ...(selector === undefined ? {} : { selector }),
          ...(size === undefined ? {} : { resources: { requests: { storage: wholeBytes(size) } } }),
        },
      },
      mount: { name: claimName, mountPath: path },
    };
  });
}

/** Sizes of less than a byte are rounded down, as ever. */
function wholeBytes(size: string | number): string {
  return typeof size === 'number' ? String(Math.floor(size)) : size;
}
