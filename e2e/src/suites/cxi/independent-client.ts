import { CustomObjectsApi, KubeConfig, Watch } from '@kubernetes/client-node';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, devicesOf, eventually } from '../../observe.ts';

interface DeviceList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly status?: unknown;
  }[];
}

function load(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

export const independentClient: readonly Case[] = [
  {
    name: 'client-node, as an independent client, reads the same CXIDevices',
    async run(testEnv) {
      const api = load(testEnv.kubeconfig).makeApiClient(CustomObjectsApi);
      await eventually(testEnv, 'both clients to agree', async () => {
        const theirs = (await api.listClusterCustomObject({
          group: 'cxi.hpe.com',
          version: 'v1',
          plural: 'cxidevices',
        })) as DeviceList;
        const ours = await devicesOf(testEnv);
        const key = (item: {
          metadata?: { name?: string; resourceVersion?: string };
          status?: unknown;
        }): string => JSON.stringify([item.metadata?.name, item.metadata?.resourceVersion, item.status]);
        expectEqual('devices', theirs.items.map(key).sort(), ours.map(key).sort());
        return true;
      });
    },
  },
  {
    name: 'client-node, as an independent client, watches a link go down and up',
    async run(testEnv) {
      const node = aNicNode(testEnv);
      const [device = ''] = node.host.hardware.cxi.nics();
      const seen: string[] = [];
      const request = await new Watch(load(testEnv.kubeconfig)).watch(
        '/apis/cxi.hpe.com/v1/cxidevices',
        {},
        (type: string, object: { metadata: { name: string }; status?: { linkState?: string } }) => {
          if (type === 'MODIFIED' && object.metadata.name === `${node.name}-${device}`)
            seen.push(object.status?.linkState ?? '');
        },
        () => undefined,
      );
      try {
        await node.host.hardware.cxi.setLink(device, 'down');
        await eventually(testEnv, 'the watch to say down', () => seen.includes('down'));
        await node.host.hardware.cxi.setLink(device, 'up');
        await eventually(testEnv, 'the watch to say up', () => seen.at(-1) === 'up');
      } finally {
        await node.host.hardware.cxi.setLink(device, 'up');
        request.abort();
      }
    },
  },
];
