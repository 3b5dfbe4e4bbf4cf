import { ai100 } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveNode } from './drives.ts';

/** What the exporter of the node with drives answers. */
export async function askExporter(testEnv: TestEnvironment, path: string): Promise<string> {
  const { namespace } = testEnv;
  const labelSelector = `app.kubernetes.io/name=${ai100.component.exporter}`;
  const { items } = await testEnv.kube.list(resources.pods, { namespace, labelSelector });
  const pod = items.find(({ spec }) => spec?.nodeName === driveNode);
  const name = pod?.metadata?.name;
  if (name === undefined) throw new Error(`no exporter on ${driveNode}`);
  return testEnv.fetchFromPod({ namespace, name }, 9299, path);
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
      const { devices, units } = JSON.parse(await askExporter(testEnv, '/nvme')) as NvmeDocument;
      expectEqual('units', units.capacity, 2);
      record(
        'drives of the cache',
        devices.map(({ serial, ai100: { managed } }) => [serial, managed]),
      );
    },
  },
];
