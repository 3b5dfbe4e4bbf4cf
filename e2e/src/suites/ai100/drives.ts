import { discovery } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { SimulatedHost } from '@rackwright/simulator';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

/** The node with AI100 drives. */
export const driveNode = 'node-plain';

/** The host of the node with drives. */
export function driveHost(testEnv: TestEnvironment): SimulatedHost {
  const node = testEnv.nodes.find(({ name }) => name === driveNode);
  if (node === undefined) throw new Error(`there is no node ${driveNode}`);
  return node.host;
}

/** The plugin's pods by the nodes they run on. */
async function pluginPods(testEnv: TestEnvironment): Promise<Map<string, string>> {
  const { namespace } = testEnv;
  const labelSelector = 'app.kubernetes.io/name=ai100-device-plugin';
  const { items } = await testEnv.kube.list(resources.pods, { namespace, labelSelector });
  return new Map(items.map(({ metadata, spec }) => [spec?.nodeName ?? '', metadata?.name ?? '']));
}

/** One drive, as the plugin's `/status` has it. */
interface StatusDrive {
  readonly serial: string;
  readonly eligible: boolean;
  readonly firmwareCompliant: boolean;
}

/** One volume there. */
interface StatusVolume {
  readonly stripes: number;
  readonly stripeBytes: string;
  readonly sizeBytes: string;
  readonly fileSystem: string;
  readonly hostPath: string;
  readonly members: readonly string[];
}

/** The plugin's `/status`. */
interface PluginStatus {
  readonly drives: readonly StatusDrive[];
  readonly cache: { readonly state: string; readonly volumes: readonly StatusVolume[] };
}

/** The plugin's pod on the node with drives. */
export async function pluginPod(
  testEnv: TestEnvironment,
): Promise<{ readonly namespace: string; readonly name: string } | undefined> {
  const name = (await pluginPods(testEnv)).get(driveNode);
  return name === undefined ? undefined : { namespace: testEnv.namespace, name };
}

/** What the plugin of the node with drives says. */
export async function pluginStatus(testEnv: TestEnvironment): Promise<PluginStatus | undefined> {
  const pod = await pluginPod(testEnv);
  return pod && JSON.parse(await testEnv.fetchFromPod(pod, 8084, '/status'));
}

export const drives: readonly Case[] = [
  {
    name: 'the AI100 plugin runs where node-discovery found AI100 drives, and nowhere else',
    async run(testEnv) {
      await eventually(testEnv, `a pod of the plugin on ${driveNode} alone`, async () => {
        expectEqual('nodes', [...(await pluginPods(testEnv)).keys()], [driveNode]);
        return true;
      });
      const labelled = await testEnv.kube.list(resources.nodes, {
        labelSelector: `${discovery.label.ai100.present}=true`,
      });
      expectEqual(
        'labelled nodes',
        labelled.items.map(({ metadata }) => metadata?.name),
        [driveNode],
      );
    },
  },
  {
    name: 'both AI100 drives of the node are eligible, by model, vendor and firmware',
    async run(testEnv) {
      await eventually(testEnv, 'two eligible drives in /status', async () => {
        const found = (await pluginStatus(testEnv))?.drives.map(({ serial, eligible, firmwareCompliant }) => [
          serial,
          eligible,
          firmwareCompliant,
        ]);
        const expected = ['AI1E2T0240000001', 'AI1E2T0240000002'].map((serial) => [serial, true, true]);
        expectEqual('drives', found, expected);
        return true;
      });
    },
  },
];
