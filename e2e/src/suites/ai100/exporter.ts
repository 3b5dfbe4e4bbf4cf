import { ai100 } from '@rackwright/keys';
import { type Pod, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveNode } from './drives.ts';

/** The exporter's pod on the node with drives. */
async function exporterPod({ kube, namespace }: TestEnvironment): Promise<Pod> {
  const labelSelector = `app.kubernetes.io/name=${ai100.component.exporter}`;
  const { items } = await kube.list(resources.pods, { namespace, labelSelector });
  const pod = items.find(({ spec }) => spec?.nodeName === driveNode);
  if (pod === undefined) throw new Error(`no exporter on ${driveNode}`);
  return pod;
}

/** What the exporter of the node with drives answers. */
export async function askExporter(testEnv: TestEnvironment, path: string): Promise<string> {
  const { metadata } = await exporterPod(testEnv);
  return testEnv.fetchFromPod({ namespace: testEnv.namespace, name: metadata?.name ?? '' }, 9299, path);
}

/** It is nobody in particular, and has of the host what is to be read alone. */
async function hasNoPrivileges(testEnv: TestEnvironment): Promise<void> {
  const { spec } = await exporterPod(testEnv);
  const { runAsNonRoot, privileged, capabilities } = spec?.containers[0]?.securityContext ?? {};
  const seen = [
    runAsNonRoot,
    privileged ?? false,
    capabilities?.drop,
    capabilities?.add,
    spec?.hostPID ?? false,
  ];
  expectEqual('privileges', seen, [true, false, ['ALL'], undefined, false]);
  const folders = spec?.volumes?.flatMap(
    ({ hostPath }) => hostPath?.path.replace(/^.*(?=\/(sys|run)\b)/, '') ?? [],
  );
  expectEqual('folders of the host', folders, ['/sys', '/run/ai100']);
}

/** `/nvme`, as far as the case looks. */
interface NvmeDocument {
  readonly devices: readonly { readonly serial: string; readonly ai100: { readonly managed: boolean } }[];
  readonly units: { readonly capacity: number };
}

export const exporter: readonly Case[] = [
  {
    name: 'the exporter of a node tells of drives, cache and units on :9299, without privileges',
    only: 'simulated',
    async run(testEnv, record) {
      const text = await eventually(testEnv, 'two healthy units in /metrics', async () => {
        const metrics = await askExporter(testEnv, '/metrics').catch(() => '');
        return /^ai100_units_healthy 2$/m.test(metrics) && metrics;
      });
      for (const name of ['nvme_device_info', 'nvme_temperature_celsius', 'ai100_cache_mounted'])
        expectThat(`${name} is told`, text.includes(`\n${name}{`), text);
      await hasNoPrivileges(testEnv);
      const { devices, units } = JSON.parse(await askExporter(testEnv, '/nvme')) as NvmeDocument;
      expectEqual('units', units.capacity, 2);
      record(
        'drives of the cache',
        devices.map(({ serial, ai100: { managed } }) => [serial, managed]),
      );
    },
  },
];
