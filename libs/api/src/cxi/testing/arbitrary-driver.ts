import fc from 'fast-check';
import { block, junk, of } from '../../admission/testing/arbitrary-fields.ts';

const image = of('', 'registry.test/a:1', 'ghcr.io/rackwright/x@sha256:1', 'docker.io/x', 'a b', '-');
const resourceName = of(
  '',
  'hpe.com/cxi',
  'beta.hpe.com/cxi',
  'hpe.com/cxi-vf',
  'cxi',
  'kubernetes.io/x',
  'requests.a/b',
  `a/${'x'.repeat(64)}`,
  'µ/x',
);
const version = of('13.0.0', 'v1.8.3-rc.1+b', '1', '', '12.0.2', '13.0.0\n', '１3.0.0', 'x'.repeat(65));

/** The spec of a CXIDriver, or what somebody may write in its place. */
const spec = block({
  version,
  source: block({
    type: of('dkms', 'prebuilt', 'preinstalled', 'rpm', ''),
    repository: of('https://example.com/a', 'http://example.com', 'git@example.com:a', ''),
    prebuiltCache: of('https://cache.example.com', 'https://', 'ftp://x', ''),
    dkms: block({
      tag: of('release/shs-13.0.0', 'release/shs-12.0.2-rc1', 'main', ''),
      repositories: block({ sbl: junk }),
    }),
  }),
  driverAgent: block({ image, switchIdMask: of('0xfffc0', '0x0', '64', '0xFFFFFF', '') }),
  retryHandler: block({
    enabled: of(true, false),
    mode: of('daemonset', 'sidecar', 'kernel', 'none', 'both', ''),
    conf: of('/etc/cxi_rh.conf', '/etc/../x', '', 'etc/x'),
    sidecar: block({}),
    image,
  }),
  devicePlugin: block({
    enabled: of(true, false),
    sharingMode: of('shared', 'exclusive', 'none', ''),
    sharedCapacity: of(0, 1, 100, 1000, 1001, 10_000, 10_001, '5'),
    resourceName,
    legacyResourceName: resourceName,
    image,
  }),
  metricsExporter: block({
    port: of(0, 1, 9090, 65_535, 65_536),
    telemetry: fc.oneof(fc.array(of('all', 'none', 'default', 'pct_x', 'a-b', ''), { maxLength: 3 }), junk),
    image,
  }),
  updateStrategy: block({
    healthCheckTimeout: of('5m', '1h0m1.5s', '0s', '5', '10µs', '', '+1s', '1s\n'),
    maxUnavailable: of('10%', '0%', '101%', '2', 0, 1, 2.5),
  }),
  priorityClassName: of('', 'system-node-critical', 'HPC agents', 'a.b'),
});

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constant('any') },
  { weight: 1, arbitrary: fc.constantFrom('a'.repeat(63), 'a'.repeat(64)) },
);

/** A CXIDriver as a client may send it, with anything in its spec and status. */
export const arbitraryDriver = fc.record({
  name,
  spec,
  status: block({ updating: of(0, 1, 7) }),
});
