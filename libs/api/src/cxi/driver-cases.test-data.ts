/** Specs of CXIDrivers with what must be said about them, by our parser and by the API server alike. */
type Spec = Record<string, unknown>;

export const goodSpecs: Readonly<Record<string, Spec>> = {
  'nothing but a version': { version: '13.0.0' },
  'everything switched off': {
    version: '1',
    retryHandler: { enabled: false },
    devicePlugin: { enabled: false, requireRetryHandler: false },
    metricsExporter: { enabled: false, telemetry: [] },
    updateStrategy: { rollbackOnFailure: false },
    priorityClassName: '',
    tolerations: [],
  },
  'modes of older manifests': {
    version: 'v1.8.3-rc.1+build5',
    retryHandler: { mode: 'sidecar', sidecar: {} },
  },
  'dkms by tag': { version: '12.0.2', source: { type: 'dkms', dkms: { tag: 'release/shs-12.0.2' } } },
  'dkms by repositories': {
    version: '12.0.2',
    source: {
      type: 'dkms',
      dkms: { repositories: { cxiDriver: { url: 'https://git.example.com/shs-cxi-driver', ref: 'main' } } },
    },
  },
  'dkms by archive': { version: '1', source: { type: 'dkms', repository: 'https://example.com/cxi.tar.gz' } },
  prebuilt: { version: '1', source: { type: 'prebuilt', prebuiltCache: 'https://cache.example.com' } },
  'maxUnavailable as a number': { version: '1', updateStrategy: { maxUnavailable: 3 } },
  'maxUnavailable as the text of a number': { version: '1', updateStrategy: { maxUnavailable: '2' } },
  'a Go duration of several parts': { version: '1', updateStrategy: { healthCheckTimeout: '1h0m1.5s' } },
  'a resource name as long as there can be': {
    version: '1',
    devicePlugin: {
      resourceName: `${`${'d'.repeat(60)}.`.repeat(4).slice(0, 243)}d/${'x'.repeat(63)}`,
      legacyResourceName: `hpe.com/${'x'.repeat(63)}`,
    },
  },
  'telemetry of every kind': {
    version: '1',
    metricsExporter: { telemetry: ['default', 'pct_no_tct_nacks', 'HNI_x9'] },
  },
  'telemetry of all': { version: '1', metricsExporter: { telemetry: ['all'] } },
  'no second resource name': { version: '1', devicePlugin: { legacyResourceName: '' } },
  'images by digest': {
    version: '1',
    devicePlugin: { image: `localhost:5000/team/plugin@sha256:${'a'.repeat(64)}` },
    driverAgent: { image: '' },
  },
  'core types': {
    version: '1',
    nodeSelector: { 'slingshot.hpe.com/nic.present': 'true' },
    tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }],
    metricsExporter: { resources: { limits: { cpu: 1, memory: '128Mi' }, requests: { cpu: '10m' } } },
    retryHandler: { conf: '/etc/cxi_rh.conf', daemonset: { updateStrategy: 'RollingUpdate' } },
  },
};

interface BadSpec {
  readonly spec: Spec;
  /** Field the answer names. */
  readonly field: string;
  /** What the answer says about mending it. */
  readonly fix: string;
}

export const badSpecs: Readonly<Record<string, BadSpec>> = {
  'a node selector with a value no label can have': {
    spec: { version: '1', nodeSelector: { rack: 'a b' } },
    field: 'spec.nodeSelector.rack',
    fix: 'A-Za-z0-9',
  },
  'a node selector of the retry handler with a value too long for a label': {
    spec: { version: '1', retryHandler: { daemonset: { nodeSelector: { rack: 'x'.repeat(64) } } } },
    field: 'spec.retryHandler.daemonset.nodeSelector.rack',
    fix: '63',
  },
  'an empty version': { spec: { version: '' }, field: 'spec.version', fix: '1' },
  'prebuilt without a cache': {
    spec: { version: '1', source: { type: 'prebuilt' } },
    field: 'spec.source.prebuiltCache',
    fix: 'must be the https URL',
  },
  'prebuilt from an unprotected URL': {
    spec: { version: '1', source: { type: 'prebuilt', prebuiltCache: 'http://cache.example.com' } },
    field: 'spec.source.prebuiltCache',
    fix: 'must be the https URL',
  },
  'dkms without anything to build': {
    spec: { version: '1', source: { type: 'dkms' } },
    field: 'spec.source.dkms.tag',
    fix: 'set spec.source.dkms.tag to a release',
  },
  'a repository that is not https': {
    spec: {
      version: '1',
      source: { dkms: { repositories: { sbl: { url: 'git://example.com/sbl', ref: 'main' } } } },
    },
    field: 'spec.source.dkms.repositories.sbl.url',
    fix: 'must be an https URL such as',
  },
  'an unknown source type': {
    spec: { version: '1', source: { type: 'rpm' } },
    field: 'spec.source.type',
    fix: 'preinstalled',
  },
  'no pod may share': {
    spec: { version: '1', devicePlugin: { sharingMode: 'shared', sharedCapacity: 0 } },
    field: 'spec.devicePlugin.sharedCapacity',
    fix: '1',
  },
  'a resource name without a domain': {
    spec: { version: '1', devicePlugin: { resourceName: 'cxi' } },
    field: 'spec.devicePlugin.resourceName',
    fix: 'such as hpe.com/cxi',
  },
  'a resource name of Kubernetes': {
    spec: { version: '1', devicePlugin: { resourceName: 'x.kubernetes.io/cxi' } },
    field: 'spec.devicePlugin.resourceName',
    fix: 'outside kubernetes.io',
  },
  'a resource name that only looks outside Kubernetes': {
    spec: { version: '1', devicePlugin: { resourceName: 'mykubernetes.io/cxi' } },
    field: 'spec.devicePlugin.resourceName',
    fix: 'outside kubernetes.io',
  },
  'a resource name of 64 characters after the domain': {
    spec: { version: '1', devicePlugin: { resourceName: `hpe.com/${'x'.repeat(64)}` } },
    field: 'spec.devicePlugin.resourceName',
    fix: 'at most 244 and 63 characters',
  },
  'a resource name whose domain leaves no room for a quota': {
    spec: {
      version: '1',
      devicePlugin: { legacyResourceName: `${`${'d'.repeat(60)}.`.repeat(4)}d/x` },
    },
    field: 'spec.devicePlugin.legacyResourceName',
    fix: 'at most 244 and 63 characters',
  },
  'a quota in place of a resource name': {
    spec: { version: '1', devicePlugin: { resourceName: 'requests.hpe.com/cxi' } },
    field: 'spec.devicePlugin.resourceName',
    fix: 'no requests. before it',
  },
  'both resource names alike': {
    spec: { version: '1', devicePlugin: { legacyResourceName: 'hpe.com/cxi' } },
    field: 'spec.devicePlugin.legacyResourceName',
    fix: 'set it to ""',
  },
  'the resource name of virtual functions': {
    spec: { version: '1', devicePlugin: { resourceName: 'hpe.com/cxi-vf' } },
    field: 'spec.devicePlugin.resourceName',
    fix: 'use for example hpe.com/cxi',
  },
  'a priority class that cannot be one': {
    spec: { version: '1', priorityClassName: 'HPC agents' },
    field: 'spec.priorityClassName',
    fix: 'must be the name of a PriorityClass',
  },
  'a toleration of nothing': {
    spec: { version: '1', tolerations: [{ effect: 'NoSchedule' }] },
    field: 'spec.tolerations',
    fix: 'must have the operator Exists',
  },
  'a toleration that exists and has a value': {
    spec: { version: '1', tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
    field: 'spec.tolerations',
    fix: 'leave value out',
  },
  'a toleration for a time without the effect that has one': {
    spec: {
      version: '1',
      retryHandler: { daemonset: { tolerations: [{ key: 'a', tolerationSeconds: 3 }] } },
    },
    field: 'spec.retryHandler.daemonset.tolerations',
    fix: 'NoExecute only',
  },
  'a toleration whose key is none': {
    spec: { version: '1', tolerations: [{ key: 'a b' }] },
    field: 'spec.tolerations',
    fix: 'the key of a taint',
  },
  'a telemetry file that cannot become a metric': {
    spec: { version: '1', metricsExporter: { telemetry: ['default', 'pct-no-tct.nacks'] } },
    field: 'spec.metricsExporter.telemetry',
    fix: 'of letters, digits and underscores',
  },
  'telemetry of all and more': {
    spec: { version: '1', metricsExporter: { telemetry: ['all', 'default'] } },
    field: 'spec.metricsExporter.telemetry',
    fix: 'leave that entry out',
  },
  'port 0': {
    spec: { version: '1', metricsExporter: { port: 0 } },
    field: 'spec.metricsExporter.port',
    fix: '1',
  },
  'port 65536': {
    spec: { version: '1', metricsExporter: { port: 65_536 } },
    field: 'spec.metricsExporter.port',
    fix: '65535',
  },
  'maxUnavailable of no node': {
    spec: { version: '1', updateStrategy: { maxUnavailable: 0 } },
    field: 'spec.updateStrategy.maxUnavailable',
    fix: 'at least 1',
  },
  'maxUnavailable above everything': {
    spec: { version: '1', updateStrategy: { maxUnavailable: '101%' } },
    field: 'spec.updateStrategy.maxUnavailable',
    fix: 'from 1% to 100%',
  },
  'a timeout of nothing': {
    spec: { version: '1', updateStrategy: { healthCheckTimeout: '0s' } },
    field: 'spec.updateStrategy.healthCheckTimeout',
    fix: 'such as 90s, 5m',
  },
  'a timeout without a unit': {
    spec: { version: '1', updateStrategy: { healthCheckTimeout: '5' } },
    field: 'spec.updateStrategy.healthCheckTimeout',
    fix: 'such as 90s, 5m',
  },
  'a configuration file outside /etc': {
    spec: { version: '1', retryHandler: { conf: '/etc/../root/x' } },
    field: 'spec.retryHandler.conf',
    fix: 'such as /etc/cxi_rh.conf',
  },
  'an image with a space': {
    spec: { version: '1', metricsExporter: { image: 'a b' } },
    field: 'spec.metricsExporter.image',
    fix: 'leave it out',
  },
  'a mask that is not hexadecimal': {
    spec: { version: '1', driverAgent: { switchIdMask: '64' } },
    field: 'spec.driverAgent.switchIdMask',
    fix: 'such as 0xfffc0',
  },
  'a mask of no bit': {
    spec: { version: '1', driverAgent: { switchIdMask: '0x00' } },
    field: 'spec.driverAgent.switchIdMask',
    fix: 'of 1 to 20 bits',
  },
  'a telemetry path': {
    spec: { version: '1', metricsExporter: { telemetry: ['../nid'] } },
    field: 'spec.metricsExporter.telemetry',
    fix: 'names of telemetry files',
  },
};
