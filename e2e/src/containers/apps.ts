import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cxiMetric } from '@rackwright/keys';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { freePorts, httpGet, temporaryFolder, waitUntil } from '@rackwright/testbed';
import type { Case } from '../case.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { sample } from '../observe.ts';
import { RunningContainer, runToEnd } from './app-container.ts';
import { type ContainerEnvironment, imageOf } from './test-environment.ts';

const twoNics: HostSpec = { nics: [{ generation: 1 }, { generation: 2 }] };

export const apps: readonly Case<ContainerEnvironment>[] = [
  {
    name: 'the exporter serves the NICs of the host tree at /host, and is alive and ready',
    async run(testEnv) {
      await using folder = await temporaryFolder('rwhost-');
      const host = await SimulatedHost.create(join(folder.path, 'host'), twoNics);
      const [port = 0] = await freePorts(1);
      await using _ = await RunningContainer.start(
        {
          image: imageOf(testEnv, 'cxi-metrics-exporter'),
          args: ['--host-root=/host', '--node-name=here', `--metrics-port=${port}`],
          mounts: { '/host': { source: host.folder } },
        },
        testEnv,
      );
      expectEqual('/readyz', await served(testEnv, port, '/readyz'), 'ready\n');
      expectEqual('/healthz', await served(testEnv, port, '/healthz'), 'ok\n');
      const metrics = await served(testEnv, port, '/metrics');
      expectEqual('devices', sample(metrics, cxiMetric.deviceCount, { node: 'here' }), 2);
      for (const device of host.hardware.cxi.nics()) {
        expectEqual(`link of ${device}`, sample(metrics, cxiMetric.deviceLinkState, { device }), 1);
      }
      await host.hardware.cxi.setLink('cxi1', 'down');
      const later = await served(testEnv, port, '/metrics');
      expectEqual('a link that went down', sample(later, cxiMetric.deviceLinkState, { device: 'cxi1' }), 0);
    },
  },
  {
    name: 'the device plugin is alive without a kubelet, and says that it is not ready and why',
    async run(testEnv) {
      await using folder = await temporaryFolder('rwhost-');
      const host = await SimulatedHost.create(join(folder.path, 'host'), twoNics);
      const plugins = join(folder.path, 'device-plugins');
      await mkdir(plugins);
      const [port = 0] = await freePorts(1);
      await using _ = await RunningContainer.start(
        {
          image: imageOf(testEnv, 'cxi-device-plugin'),
          args: ['--host-root=/host', '--node-name=here', `--health-port=${port}`],
          // As its chart: the kubelet's folder belongs to root.
          user: '0',
          mounts: {
            '/host': { source: host.folder },
            '/var/lib/kubelet/device-plugins': { source: plugins, writable: true },
          },
        },
        testEnv,
      );
      expectEqual('/healthz', await served(testEnv, port, '/healthz'), 'ok\n');
      const why = await refused(testEnv, port, '/readyz');
      expectThat('/readyz names the kubelet', /kubelet/.test(why), why);
    },
  },
  {
    name: 'the device plugin refuses settings that make no sense, naming the flag and what is wanted',
    async run(testEnv) {
      const image = imageOf(testEnv, 'cxi-device-plugin');
      const wrong: readonly [flag: string, says: RegExp][] = [
        ['--sharing-mode=sometimes', /--sharing-mode.*shared.*exclusive/s],
        ['--shared-capacity=0', /--shared-capacity.*within 1 and 10000/s],
        ['--resource-name=cxi', /--resource-name.*hpe\.com\/cxi/s],
        ['--health-port=70000', /--health-port/],
        ['--kubelet-dir=plugins', /--kubelet-dir.*absolute path/s],
      ];
      for (const [flag, says] of wrong) {
        const { code, output } = await runToEnd({ image, args: [flag] }, testEnv);
        expectEqual(`${flag}: ${output}`, code, 2);
        expectThat(`${flag} is explained`, says.test(output), output);
      }
    },
  },
  {
    name: 'the retry handler lists each physical NIC at /status, with what keeps it from being served',
    async run(testEnv) {
      await using folder = await temporaryFolder('rwhost-');
      const spec: HostSpec = { nics: [{ generation: 1, vfs: 2 }, { generation: 2 }], cxiRh: false };
      const host = await SimulatedHost.create(join(folder.path, 'host'), spec);
      const [port = 0] = await freePorts(1);
      await using _ = await RunningContainer.start(
        {
          image: imageOf(testEnv, 'retry-handler'),
          args: ['--host-root=/host', '--node-name=here', `--health-port=${port}`],
          user: '0',
          mounts: { '/host': { source: host.folder, writable: true } },
        },
        testEnv,
      );
      const { handlers, healthy } = await waitUntil(
        'both NICs in /status',
        async () => {
          const status = JSON.parse(await served(testEnv, port, '/status')) as HandlersSeen;
          return (
            status.handlers.length === 2 && status.handlers.every(({ lastError }) => lastError) && status
          );
        },
        testEnv,
      );
      expectEqual(
        'devices',
        handlers.map(({ device }) => device),
        ['cxi0', 'cxi1'],
      );
      expectEqual('served', [healthy, ...handlers.map(({ running }) => running)], [false, false, false]);
      for (const { lastError } of handlers)
        expectThat('the cause is told', /cxi_rh/.test(lastError ?? ''), lastError);
      expectEqual('/healthz', await served(testEnv, port, '/healthz'), 'ok\n');
    },
  },
  {
    name: 'the operator ends without a cluster, with one error that says what is missing and what to do',
    async run(testEnv) {
      const image = imageOf(testEnv, 'operator-manager');
      const { code, output } = await runToEnd({ image, args: [] }, testEnv);
      expectEqual(output, code, 1);
      const errors = output.split('\n').filter((line) => line.includes('"level":"error"'));
      expectThat('one error', errors.length === 1, output);
      expectThat('it says what to do', /run in a pod whose service account/.test(errors[0] ?? ''), output);
    },
  },
];

interface HandlersSeen {
  readonly handlers: readonly {
    readonly device: string;
    readonly running: boolean;
    readonly lastError?: string;
  }[];
  readonly healthy: boolean;
}

/** The body at a path of loopback, as soon as it is answered well. */
function served({ clock, signal }: ContainerEnvironment, port: number, path: string): Promise<string> {
  return waitUntil(`GET ${path}`, () => httpGet({ host: '127.0.0.1', port, path, clock }), {
    ...{ clock, signal },
    deadlineMs: 30_000,
  });
}

/** What an answer that is no success says, as soon as there is one. */
async function refused({ clock, signal }: ContainerEnvironment, port: number, path: string): Promise<string> {
  return waitUntil(
    `GET ${path} to be refused`,
    () =>
      httpGet({ host: '127.0.0.1', port, path, clock }).then(
        () => undefined,
        (error: Error) => (/was answered/.test(error.message) ? error.message : undefined),
      ),
    { clock, signal, deadlineMs: 30_000 },
  );
}
