/** Specs of AIStores with what must be said about them, by our parser and by the API server alike. */
type Spec = Record<string, unknown>;

const ports = { servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 };

/** A spec with nothing but what must be there. */
export const smallSpec = {
  ...{
    size: 1,
    nodeImage: 'docker.io/aistorage/aisnode:v4.9',
    initImage: 'docker.io/aistorage/ais-init:v4.9',
  },
  ...{ stateStorage: { hostPath: { prefix: '/etc/ais' } }, proxySpec: ports },
  targetSpec: { ...ports, mounts: [{ path: '/ais/nvme0n1', size: '10Gi' }] },
};

/** That spec with fields of its own. */
export function withFields(spec: Spec): Spec {
  return { ...smallSpec, ...spec };
}

export function withTargets(fields: Spec): Spec {
  return withFields({ targetSpec: { ...smallSpec.targetSpec, ...fields } });
}

export function withProxies(fields: Spec): Spec {
  return withFields({ proxySpec: { ...smallSpec.proxySpec, ...fields } });
}

const { size: _, ...withoutSize } = smallSpec;

export const goodSpecs: Readonly<Record<string, Spec>> = {
  'no more than it must have': smallSpec,
  'a size for each role': {
    ...withoutSize,
    proxySpec: { ...ports, size: 2 },
    targetSpec: { ...smallSpec.targetSpec, size: -1, autoScale: { sizeLimit: 3 } },
  },
  'fields of the older operator': withFields({
    ...{ hostpathPrefix: '/etc/ais', stateStorageClass: 'fast', enableExternalLB: true, apiMode: 'public' },
    auth: { serviceURL: 'https://a:1', usernamePassword: { secretName: 's', loginConf: { clientID: 'c' } } },
  }),
  'pods as Kubernetes describes them': withProxies({
    ...{ securityContext: { fsGroup: 5, sysctls: [{ name: 'a', value: 'b' }] } },
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
    ...{ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }] },
    ...{ tolerations: [{ operator: 'Exists' }], probes: { startup: { failureThreshold: 60 } } },
  }),
  'every kind of disk': withTargets({
    mounts: [
      { path: '/a', size: 5, storageClass: 'fast', selector: { matchLabels: { a: 'b' } } },
      { path: '/b', useHostPath: true, label: 'nvme' },
      { path: '/c', size: '0.5Gi' },
    ],
    pdb: { enabled: true, maxUnavailable: '10%' },
  }),
  'a configuration': withFields({
    configToUpdate: {
      ...{
        backend: { aws: {} },
        rebalance: { enabled: false, dest_retry_time: '1m30s', bundle_multiplier: 2 },
      },
      net: { http: { use_https: true, client_auth_tls: 4 } },
      ...{
        log: { level: '3', max_total: '512MiB', flush_time: '.5s' },
        space: { highwm: 90 },
        features: '0',
      },
      auth: { enabled: true, required_claims: { aud: ['a'] }, oidc: { allowed_iss: ['https://i'] } },
    },
  }),
  'certificates of cert-manager': withFields({
    tls: { certificate: { issuerRef: { name: 'i' }, duration: '2160h', renewBefore: '360h0m0s' } },
  }),
};

interface BadSpec {
  readonly spec: Spec;
  /** What the refusal says. */
  readonly says: string;
}

export const badSpecs: Readonly<Record<string, BadSpec>> = {
  'no size': { spec: withoutSize, says: 'Invalid cluster size' },
  'a size of zero': { spec: withFields({ size: 0 }), says: 'invalid cluster size 0' },
  'a size below -1': { spec: withFields({ size: -2 }), says: 'spec.size' },
  'a size beyond an int32': { spec: withFields({ size: 2 ** 31 }), says: 'spec.size' },
  'a size of a role beyond an int32': { spec: withTargets({ size: 2 ** 31 }), says: 'spec.targetSpec.size' },
  'no image': { spec: withFields({ nodeImage: '' }), says: 'spec.nodeImage' },
  'data that goes and metadata that stays': {
    spec: withFields({ cleanupData: true }),
    says: 'cleanupData requires spec.cleanupMetadata',
  },
  'two places of state': {
    spec: withFields({ stateStorage: { emptyDir: {}, pvc: { storageClass: 'a' } } }),
    says: 'must define exactly one of',
  },
  'no place of state in a block for it': {
    spec: withFields({ stateStorage: {} }),
    says: 'must define exactly one of',
  },
  'two certificates': {
    spec: withFields({ tls: { secretName: 'a', certificate: { issuerRef: { name: 'i' } } } }),
    says: 'specify only one: secretName or certificate',
  },
  'an issuer of another kind': {
    spec: withFields({ tls: { certificate: { issuerRef: { name: 'i', kind: 'Other' } } } }),
    says: 'spec.tls.certificate.issuerRef.kind',
  },
  'a login by two ways': {
    spec: withFields({ auth: { usernamePassword: { secretName: 's' }, tokenExchange: {} } }),
    says: 'exactly one of usernamePassword, tokenExchange',
  },
  'a disk without a place': { spec: withTargets({ mounts: [{ size: '1Gi' }] }), says: 'mounts' },
  'a disk of no size': {
    spec: withTargets({ mounts: [{ path: '/a', size: '0' }] }),
    says: 'spec.targetSpec.mounts',
  },
  'a disk of a size that is none': {
    spec: withTargets({ mounts: [{ path: '/a', size: 'x' }] }),
    says: 'mounts',
  },
  'no disks': { spec: withFields({ targetSpec: ports }), says: 'spec.targetSpec.mounts' },
  'a way down nobody knows': { spec: withTargets({ scaleDownMode: 'drop' }), says: 'scaleDownMode' },
  'a port of nodes beyond all': { spec: withProxies({ hostPort: 65_536 }), says: 'spec.proxySpec.hostPort' },
  'no port': {
    spec: withFields({ proxySpec: { servicePort: 1, portPublic: 1, portIntraControl: 2 } }),
    says: 'spec.proxySpec.portIntraData',
  },
  'probes that say nothing': { spec: withProxies({ probes: {} }), says: 'spec.proxySpec.probes' },
  'a probe every zero seconds': {
    spec: withProxies({ probes: { liveness: { periodSeconds: 0 } } }),
    says: 'periodSeconds',
  },
  'a label that can be none': { spec: withProxies({ labels: { a: 'b c' } }), says: 'spec.proxySpec.labels' },
  'a budget that is no number': {
    spec: withTargets({ pdb: { maxUnavailable: 'half' } }),
    says: 'spec.targetSpec.pdb.maxUnavailable',
  },
  'a watermark beyond 100': {
    spec: withFields({ configToUpdate: { space: { highwm: 101 } } }),
    says: 'spec.configToUpdate.space.highwm',
  },
  'a duration that is none': {
    spec: withFields({ configToUpdate: { timeout: { startup_time: '5 minutes' } } }),
    says: 'spec.configToUpdate.timeout.startup_time',
  },
  'a DNS mode nobody knows': {
    spec: withFields({ publicNetDNSMode: 'Host' }),
    says: 'spec.publicNetDNSMode',
  },
};
