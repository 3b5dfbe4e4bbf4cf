import { cxi } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { componentPods, eventually, nicNodes } from '../../observe.ts';

interface Status {
  readonly handlers: readonly { readonly device: string; readonly running: boolean; readonly pid?: number }[];
  readonly healthy: boolean;
}

export const retryHandler: readonly Case[] = [
  {
    name: 'one cxi_rh runs per physical NIC',
    async run(testEnv) {
      for (const node of nicNodes(testEnv)) {
        const [pod] = await componentPods(testEnv, cxi.component.retryHandler, node.name);
        const name = pod?.metadata?.name ?? '';
        await eventually(testEnv, `a running cxi_rh per NIC of ${node.name}`, async () => {
          const status = JSON.parse(
            await testEnv.fetchFromPod({ namespace: testEnv.namespace, name }, 8080, '/status'),
          ) as Status;
          const running = status.handlers.filter((handler) => handler.running);
          expectEqual(
            'running handlers',
            running.map((handler) => handler.device).sort(),
            [...node.host.hardware.cxi.nics()].sort(),
          );
          expectEqual(
            'distinct processes',
            new Set(running.map((handler) => handler.pid)).size,
            node.nics.count,
          );
          return true;
        });
      }
    },
  },
];
