import fc from 'fast-check';
import type { AnyObject } from '../../crd/conversion.ts';

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Some of the fields, and those that must be there. */
function block(fields: Fields, requiredKeys: readonly string[] = []): fc.Arbitrary<unknown> {
  return fc.record(fields, { requiredKeys: [...requiredKeys] });
}

const port = fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom('51080', 'http'));
const text = fc.constantFrom('', 'a', '/etc/ais', 'b');
const dictionary = fc.dictionary(fc.constantFrom('a', 'b'), text, { maxKeys: 2 });
const size = fc.integer({ min: -1, max: 5 });
const ports = { servicePort: port, portPublic: port, portIntraControl: port, portIntraData: port };
const scheduling = {
  securityContext: block({ fsGroup: fc.nat() }),
  capabilities: block({ privileged: fc.boolean() }),
  affinity: block({ podAntiAffinity: block({}) }),
  nodeSelector: dictionary,
  tolerations: fc.array(block({ operator: fc.constant('Exists') }), { maxLength: 2 }),
};
const mount = {
  path: fc.constantFrom('/ais1', '/ais2'),
  size: fc.constantFrom('10Gi', 5),
  storageClass: text,
};
const config = block({ rebalance: block({ enabled: fc.boolean() }), features: text });
const roleKeys = Object.keys(ports);
const shared = {
  ...{ nodeImage: text, initImage: text, configToUpdate: config, cleanupData: fc.boolean() },
  imagePullSecrets: fc.array(block({ name: text }), { maxLength: 2 }),
};
const status = {
  ...{ state: text, clusterID: text, replicas: fc.nat(9), observedGeneration: fc.nat() },
  conditions: fc.array(block({ type: text, status: text }), { maxLength: 2 }),
};

const olderSpec = block(
  {
    ...{ ...shared, size, hostpathPrefix: text, configCRName: text },
    ...{ disablePodAntiAffinity: fc.boolean(), enableExternalLB: fc.boolean() },
    proxySpec: block({ ...ports, ...scheduling }, roleKeys),
    targetSpec: block(
      {
        ...{ ...ports, ...scheduling, mounts: fc.array(block(mount), { maxLength: 3 }) },
        nodiskio: block({ enabled: fc.boolean(), dryobjsize: fc.constantFrom('8M', 1) }),
      },
      [...roleKeys, 'mounts'],
    ),
  },
  ['size', 'nodeImage', 'initImage', 'proxySpec', 'targetSpec'],
);

const role = {
  ...{ ...ports, ...scheduling, size, annotations: dictionary, labels: dictionary, hostPort: fc.nat() },
  ...{ env: fc.array(block({ name: text, value: text }), { maxLength: 2 }), probes: block({}) },
  externalAccess: block({ annotations: dictionary }),
};
const newerMount = {
  ...{ ...mount, useHostPath: fc.boolean(), label: text },
  selector: block({ matchLabels: dictionary }),
};

const newerSpec = block(
  {
    ...{ ...shared, size, hostpathPrefix: text, stateStorageClass: text, enableExternalLB: fc.boolean() },
    stateStorage: fc.oneof(
      block({ hostPath: block({ prefix: text }, ['prefix']) }, ['hostPath']),
      block({ pvc: block({ storageClass: text }), emptyDir: block({}) }),
    ),
    ...{ cleanupMetadata: fc.boolean(), shutdownCluster: fc.boolean(), hostnameMap: dictionary },
    ...{ publicNetDNSMode: fc.constant('IP'), tls: block({ secretName: text }), auth: block({}) },
    proxySpec: block(role, roleKeys),
    targetSpec: block(
      {
        ...{ ...role, mounts: fc.array(block(newerMount), { maxLength: 3 }) },
        ...{ disablePodAntiAffinity: fc.boolean(), hostNetwork: fc.boolean() },
        scaleDownMode: fc.constantFrom('retain', 'decommission'),
      },
      [...roleKeys, 'mounts'],
    ),
  },
  ['nodeImage', 'initImage', 'proxySpec', 'targetSpec'],
);

const metadata = fc.record(
  {
    ...{ name: fc.constant('a'), namespace: fc.constant('b') },
    labels: fc.dictionary(fc.constantFrom('a', 'b'), text, { minKeys: 1 }),
    annotations: fc.dictionary(fc.constantFrom('a', 'b'), text, { minKeys: 1 }),
  },
  { requiredKeys: ['name', 'namespace'] },
);

function aistore(
  version: string,
  spec: fc.Arbitrary<unknown>,
  status: fc.Arbitrary<unknown>,
): fc.Arbitrary<AnyObject> {
  return fc
    .record({ metadata, spec, status }, { requiredKeys: ['metadata', 'spec'] })
    .map((fields) => ({ apiVersion: `ais.nvidia.com/${version}`, kind: 'AIStore', ...fields }) as AnyObject);
}

/** An AIStore as its CRD takes it in v1alpha1. */
export const arbitraryOlderAistore = aistore(
  'v1alpha1',
  olderSpec,
  block({ ...status, consecutive_error_count: fc.nat(), config_version: text }),
);

/** The same in v1beta1. */
export const arbitraryAistore = aistore('v1beta1', newerSpec, block(status));

/** What somebody may send before anything was checked, as JSON can carry it: it has no -0. */
export const arbitraryJunk = aistore('v1alpha1', fc.jsonValue() as fc.Arbitrary<unknown>, fc.jsonValue()).map(
  (object) => JSON.parse(JSON.stringify(object)) as AnyObject,
);
