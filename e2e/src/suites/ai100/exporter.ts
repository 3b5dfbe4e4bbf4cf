import { readFile } from 'node:fs/promises';
import { ai100 } from '@rackwright/keys';
import { type Pod, resources } from '@rackwright/kube';
import { disliked, promtoolExpected, readContainerConfinement, workspaceRoot } from '@rackwright/testbed';
import { z } from 'zod';
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
async function asksForNoPrivileges(testEnv: TestEnvironment): Promise<void> {
  const { spec } = await exporterPod(testEnv);
  const { securityContext } = spec?.containers[0] ?? {};
  expectEqual('security context', securityContext, {
    ...{ runAsUser: 65_532, runAsGroup: 65_532, runAsNonRoot: true },
    ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  });
  const { hostPID = false, hostNetwork = false, hostIPC = false } = spec ?? {};
  expectEqual('namespaces of the host', [hostPID, hostNetwork, hostIPC], [false, false, false]);
  expectEqual('API token', spec?.automountServiceAccountToken, false);
  const folders = spec?.volumes?.flatMap(
    ({ hostPath }) => hostPath?.path.replace(/^.*(?=\/(sys|run)\b)/, '') ?? [],
  );
  expectEqual('folders of the host', folders, ['/sys', '/run/ai100']);
}

/** What the kernel says of its process. */
async function hasNoPrivileges(testEnv: TestEnvironment): Promise<void> {
  const { status } = await exporterPod(testEnv);
  const id = status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? '';
  expectEqual('the process of the container', await readContainerConfinement(id), {
    ...{ uid: 65_532, capabilities: '0000000000000000', noNewPrivileges: true, readOnlyRoot: true },
  });
}

/** `/nvme`, as far as the cases look. */
interface NvmeDocument {
  readonly devices: readonly { readonly serial: string; readonly ai100: { readonly managed: boolean } }[];
  readonly units: { readonly capacity: number };
}

/** `/nvme`, which is as the published schema has it. */
async function document(testEnv: TestEnvironment): Promise<NvmeDocument> {
  const schema = z.fromJSONSchema(
    JSON.parse(await readFile(`${workspaceRoot}/docs/nvme.schema.json`, 'utf8')),
  );
  const found: unknown = JSON.parse(await askExporter(testEnv, '/nvme'));
  const { error } = schema.safeParse(found);
  expectThat('/nvme is as its schema says', error === undefined, error?.message);
  return found as NvmeDocument;
}

export const exporter: readonly Case[] = [
  {
    name: 'the exporter of a node tells of its drives on :9299, as Prometheus and the JSON schema have it',
    async run(testEnv, record) {
      const text = await eventually(testEnv, 'what the plugin says of two drives in /metrics', async () => {
        const metrics = await askExporter(testEnv, '/metrics');
        return metrics.match(/^ai100_device_firmware_compliant\{/gm)?.length === 2 && metrics;
      });
      expectEqual('drives', text.match(/^nvme_device_info\{/gm)?.length, 2);
      if (promtoolExpected()) {
        const kept = disliked(text).filter((name) => name !== 'nvme_power_on_hours_total');
        expectEqual('metrics that promtool dislikes', kept, []);
      }
      const { devices } = await document(testEnv);
      record('drives', devices.map(({ serial }) => serial).sort());
    },
  },
  {
    name: 'the exporter of a node asks for no privileges',
    run: asksForNoPrivileges,
  },
  {
    name: 'the exporter runs as nobody in particular, without capabilities, on a root file system it cannot write to',
    // Containers of simulated nodes are processes of this machine.
    only: 'node',
    run: hasNoPrivileges,
  },
  {
    name: 'the exporter of a node tells of temperatures, cache and units',
    // LVM and nvme-cli of a simulated host do not run in containers.
    only: 'simulated',
    async run(testEnv, record) {
      const text = await eventually(testEnv, 'two healthy units in /metrics', async () => {
        const metrics = await askExporter(testEnv, '/metrics').catch(() => '');
        return /^ai100_units_healthy 2$/m.test(metrics) && metrics;
      });
      for (const name of ['nvme_temperature_celsius', 'ai100_cache_mounted'])
        expectThat(`${name} is told`, text.includes(`\n${name}{`), text);
      const { devices, units } = await document(testEnv);
      expectEqual('units', units.capacity, 2);
      record(
        'drives of the cache',
        devices.map(({ serial, ai100: { managed } }) => [serial, managed]),
      );
    },
  },
];
