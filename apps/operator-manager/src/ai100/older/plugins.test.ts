import { describe, expect, test } from '@jest/globals';
import { type AidaptivCache, type PhisonDeviceOperatorSpec, parseAidaptivCache } from '@rackwright/api';
import { loadConfig } from '@rackwright/service';
import fc from 'fast-check';
import { options as pluginOptions } from '../../../../ai100-device-plugin/src/options/index.ts';
import { settings as pluginSettings } from '../../../../ai100-device-plugin/src/settings.ts';
import { translate } from './plugins.ts';

const plugin = (pluginname: string, pluginspec: unknown) =>
  ({ pluginname, pluginnamespace: 'older', pluginspec }) as NonNullable<
    PhisonDeviceOperatorSpec['plugins']
  >[number];
const translated = (...plugins: ReturnType<typeof plugin>[]) =>
  translate({ servicename: 's', serviceport: [], plugins });
const container = { name: 'plugin', image: 'registry/plugin:1' };

describe('the device plugin of a PhisonDeviceOperator', () => {
  test('gives image, arguments, resources and variables to the AidaptivCache', () => {
    const resources = { limits: { cpu: '500m', memory: '1Gi' } };
    const env = [
      { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'LOG_LEVEL', value: 'debug' },
      { name: 'EMPTY' },
    ];
    const args = ['-m', '/mnt/cache', '-p=/cache', '-f', 'EIFZ,EIFY00.2'];
    const containers = [{ ...container, args, resources, env }];
    expect(translated(plugin('phison-device-plugin', { hostPID: true, containers }))).toEqual({
      spec: {
        cache: { hostPath: '/mnt/cache', podPath: '/cache' },
        firmware: { allowed: ['EIFZ', 'EIFY00.2'] },
        devicePlugin: {
          image: 'registry/plugin:1',
          arguments: args,
          env: [
            { name: 'LOG_LEVEL', value: 'debug' },
            { name: 'EMPTY', value: '' },
          ],
          resources,
        },
      },
      unsupported: [],
    });
  });

  test.each([
    [['-skip_firmware_check'], { firmware: { check: 'Skip' }, discovery: { match: 'AnyNvme' } }],
    [['--skip_firmware_check=false'], {}],
    [['-m', '/dev/mapper/ai'], { cache: { hostPath: '/mnt/nvme0' } }],
    [['-m'], {}],
  ])('with %j says the same to the exporter and to node-discovery', (args, fields) => {
    const { spec } = translated(plugin('device-plugin', { containers: [{ ...container, args }] }));
    const { devicePlugin: _, ...others } = spec ?? {};
    expect(others).toEqual(fields);
  });

  test('goes by the fields it says as it does by its arguments', () => {
    const args = fc.subarray([['-m', '/mnt/a'], ['-p', '/b'], ['-f=EIFZ,EIFY'], ['-skip_firmware_check']]);
    fc.assert(
      fc.property(args, (groups) => {
        const given = groups.flat();
        const { spec } = translated(plugin('device-plugin', { containers: [{ ...container, args: given }] }));
        const load = { env: { NODE_NAME: 'n' }, readFile: () => '{}' };
        const { selection } = pluginSettings(loadConfig(pluginOptions, { ...load, argv: given }));
        const skips = given.includes('-skip_firmware_check');
        expect(selection.firmwareCheck === 'Skip').toBe(spec?.firmware?.check === 'Skip');
        expect(selection.rule.match).toBe(spec?.discovery?.match ?? 'ModelAndVendor');
        if (!skips) expect(selection.firmwareAllowed).toEqual(spec?.firmware?.allowed ?? ['EIFZ']);
      }),
    );
  });
});

describe('what nobody runs is told by name', () => {
  test.each<[string, ReturnType<typeof plugin>[], string[]]>([
    [
      'another plugin',
      [plugin('gpu-monitor', { containers: [container] })],
      ['plugins[0] gpu-monitor: only plugins with device-plugin or node-discovery in their name are run'],
    ],
    [
      'a second device plugin',
      [plugin('a-device-plugin', { containers: [container] }), plugin('b-device-plugin', {})],
      [
        'plugins[1] b-device-plugin: there is one device plugin, and an entry before this one says how it runs',
      ],
    ],
    [
      'how node-discovery runs',
      [plugin('phison-node-discovery', { containers: [{ ...container, args: ['-x'], env: [] }] })],
      [
        'plugins[0] phison-node-discovery: node-discovery comes with the chart aidaptivcache-operator: set its image as nodeDiscovery.image.repository and .tag, args as nodeDiscovery.extraArgs',
      ],
    ],
    [
      'resources and variables of node-discovery, but for the name of the node, which it always has',
      [
        plugin('phison-node-discovery', {
          containers: [
            {
              ...{ name: 'pnd', resources: { limits: { cpu: '1' } } },
              env: [
                { name: 'NODE_NAME', value: 'x' },
                { name: 'A', value: 'b' },
              ],
            },
          ],
        }),
        plugin('pnd-node-discovery', { containers: [{ name: 'pnd', env: [{ name: 'NODE_NAME' }] }] }),
      ],
      [
        'plugins[0] phison-node-discovery: node-discovery comes with the chart aidaptivcache-operator: set its resources as nodeDiscovery.resources, env as nodeDiscovery.extraEnv',
      ],
    ],
    [
      'containers beside the first, commands and variables from elsewhere',
      [
        plugin('device-plugin', {
          initContainers: [{ name: 'init' }],
          containers: [
            {
              ...container,
              command: ['/plugin'],
              envFrom: [{ secretRef: { name: 's' } }],
              env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
            },
            { name: 'sidecar' },
          ],
        }),
      ],
      [
        'plugins[0] device-plugin: its container init is not run; only the first container is taken over',
        'plugins[0] device-plugin: its container sidecar is not run; only the first container is taken over',
        'plugins[0] device-plugin: its command has no effect, for the image has its own',
        'plugins[0] device-plugin: envFrom has no effect; only variables with a value are taken over',
        'plugins[0] device-plugin: the variable TOKEN has no value of its own, and is not taken over',
      ],
    ],
    [
      'a pod without containers',
      [plugin('device-plugin', {})],
      ['plugins[0] device-plugin: pluginspec.containers: it has no container'],
    ],
  ])('%s', (_, plugins, unsupported) => {
    expect(translated(...plugins).unsupported).toEqual(unsupported);
  });

  test('what is no pod at all is told with its field', () => {
    const { spec, unsupported } = translated(plugin('device-plugin', { containers: [{ args: 'x' }] }));
    expect(spec).toBeUndefined();
    expect(unsupported[0]).toContain('plugins[0] device-plugin: pluginspec.containers.0.args: ');
  });
});

test('whatever stands in a plugin, it comes to a spec that is accepted or refused with its field', () => {
  const any = fc.jsonValue();
  const odd = fc.record(
    {
      name: fc.oneof(fc.string(), any),
      image: fc.oneof(fc.string(), any),
      args: fc.oneof(
        fc.array(fc.oneof(fc.constantFrom('-m', '-f', '-p=', '--f=,', '-m=/x'), fc.string())),
        any,
      ),
      env: fc.oneof(fc.array(fc.record({ name: fc.string(), value: fc.string() })), any),
      resources: any,
    },
    { requiredKeys: [] },
  );
  const pods = fc.oneof(fc.record({ containers: fc.oneof(fc.array(odd), any) }), any);
  fc.assert(
    fc.property(pods, (pod) => {
      const { spec, unsupported } = translated(plugin('device-plugin', pod));
      expect(spec === undefined).toBe(spec === undefined && unsupported.length > 0);
      if (spec === undefined) return;
      const parsed = parseAidaptivCache({ metadata: { name: 'default' }, spec } as AidaptivCache);
      expect(parsed.ok || parsed.error.field?.startsWith('spec.')).toBe(true);
    }),
    { numRuns: 300 },
  );
});
