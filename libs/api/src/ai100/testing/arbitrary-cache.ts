import fc from 'fast-check';
import { block, junk, of } from '../../admission/testing/arbitrary-fields.ts';

const image = of('', 'registry.test/a:1', 'ghcr.io/rackwright/x@sha256:1', 'docker.io/x', '-');
const list = (...values: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.array(of(...values), { maxLength: 3 }) },
    { weight: 1, arbitrary: junk },
  );
const path = of('/mnt/nvme0', '/mnt/other', '', 'mnt');

/** The spec of an AidaptivCache, or what somebody may write in its place. */
const spec = block({
  discovery: block({ match: of('ModelAndVendor', 'Model', 'AnyNvme') }),
  firmware: block({ check: of('Enforce', 'Warn', 'Skip') }),
  cache: block({ hostPath: path, podPath: path, dataPolicy: of('Preserve', 'Ephemeral') }),
  devicePlugin: block({
    arguments: list(
      ...['-m', '/mnt/cache', '-m=/mnt/cache', '--m=mnt', '-p=', '-p=/x\n', '-f', '-f=EIFZ', '-f=', '-f=A,B'],
      ...[
        '--f=A,',
        '-f=µ',
        '-f=123456789',
        '-skip_firmware_check',
        '-skip_firmware_check=F',
        '--log-level=debug',
      ],
      ...[
        '-x',
        '--',
        '-',
        '---m',
        '--m=/a=b',
        '--cache-layuot=Striped',
        ' -m',
        '-m /mnt',
        '',
        '/mnt',
        'mnt',
        'EIFZ',
        '-p',
        '--f',
        '\n-m',
      ],
    ),
    image,
  }),
  exporter: block({
    arguments: list('--all-nvme', '--all-disk=true', '-m=/x', '--interval=10s', 'x'),
    image,
  }),
  recovery: block({
    mode: of('Off', 'DryRun', 'Auto'),
    actions: list('Rescan', 'PciRescan', 'ControllerReset', 'Rebuild'),
    taint: of('None', 'NoSchedule', 'NoExecute'),
  }),
});

/** An AidaptivCache as a client may send it, with anything in its spec and status. */
export const arbitraryCache = fc.record({
  name: fc.constantFrom('default', 'any'),
  spec,
  status: block({ units: block({ allocated: of(0, 1, 7) }) }),
});

const plugin = block({
  pluginname: of('ai100-device-plugin', 'phison-node-discovery', 'device-plugin', 'exporter', ''),
  pluginspec: block({
    containers: fc.oneof(fc.array(block({ image, name: of('a') }), { maxLength: 2 }), junk),
  }),
});

/** The same for a PhisonDeviceOperator. */
export const arbitraryPhison = fc.record({
  name: fc.constant('any'),
  spec: block({ plugins: fc.oneof(fc.array(plugin, { maxLength: 3 }), junk) }),
  status: block({}),
});
