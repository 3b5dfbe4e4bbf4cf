import fc from 'fast-check';
import { block, junk, of } from '../../admission/testing/arbitrary-fields.ts';
import { smallSpec } from '../aistore-cases.test-data.ts';

const port = of(1, 2, 3, 0, 65_535, 65_536, '1', '65535', '65536', 'x');
const size = of(-2, -1, 0, 1, 3, 2 ** 31);
const selector = of({}, { a: 'b' });
const list = (entry: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: fc.array(entry, { maxLength: 3 }) }, { weight: 1, arbitrary: junk });
const role = {
  ...{ servicePort: port, portPublic: port, portIntraControl: port, portIntraData: port },
  ...{ size, nodeSelector: selector, hostPort: port, affinity: of({}), capabilities: of({}) },
};
const mount = block({
  path: of('/a', '/a/b', '/a-b', 'a', '/a/', '/a/../b', '/A', '/etc/ais', '/etc/ais/x', `/${'a'.repeat(60)}`),
  useHostPath: of(true, false),
});
const file = of('/a', '');

const anySpec = block({
  ...{ size, hostpathPrefix: of('/a', ''), stateStorageClass: of('fast', 'slow', '') },
  stateStorage: block({
    hostPath: block({ prefix: of('/a') }),
    pvc: block({ storageClass: of('fast', 'slow') }),
    emptyDir: of({}),
  }),
  ...{ shutdownCluster: of(true, false), cleanupMetadata: of(true), enableExternalLB: of(true) },
  ...{ tls: of({}), auth: block({ profileRef: of({ name: 'a' }), tls: of({}) }) },
  configToUpdate: block({
    net: block({ http: block({ server_crt: file, server_key: file, client_ca_tls: file }) }),
    rebalance: block({ enabled: of(true, false) }),
  }),
  proxySpec: block(role),
  targetSpec: block({
    ...{ ...role, mounts: list(mount), scaleDownMode: of('retain', 'safe_decommission') },
    ...{ disablePodAntiAffinity: of(true, false), hostNetwork: of(true, false) },
  }),
});

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Each of the fields with a value, in the block of that name or in the spec itself. */
function changesOf(block: string | undefined, fields: Fields) {
  return Object.entries(fields).map(([field, value]) => value.map((to) => ({ block, field, to })));
}

/** Changes of a good spec, so that rules behind the first ones are reached. */
const change = fc.oneof(
  ...changesOf('proxySpec', role),
  ...changesOf('targetSpec', { ...role, mounts: list(mount), hostNetwork: of(true, false) }),
  ...changesOf(undefined, {
    ...{ tls: of({}), shutdownCluster: of(true), size },
    stateStorage: of({ pvc: { storageClass: 'fast' } }, { emptyDir: {} }),
  }),
);

const changedSpec = fc.array(change, { maxLength: 2 }).map((changes): unknown => {
  const spec = structuredClone(smallSpec) as Record<string, unknown>;
  for (const { block, field, to } of changes)
    Object.assign(block === undefined ? spec : (spec[block] as object), { [field]: to });
  return spec;
});

/** An AIStore as a client may send it: a good one with little changed, or anything in its spec. */
export const arbitraryAistoreDraft = fc.record({
  name: fc.constant('any'),
  spec: fc.oneof({ weight: 3, arbitrary: changedSpec }, { weight: 1, arbitrary: anySpec }),
  status: block({}),
});
