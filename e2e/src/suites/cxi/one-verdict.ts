import { cxi, cxiMetric } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, deviceOf, eventually, metricsOf, sample } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';
import { untilOffered, withDevicePlugin } from './driver.ts';

const device = 'cxi0';
const register = 'properties/pct_eq';

/** What the CXIDevice says, and the exporter with 1 or 0. */
async function untilVerdictIs(
  testEnv: TestEnvironment,
  node: TestNode,
  reason: string,
  metric: number,
): Promise<void> {
  await eventually(testEnv, `CXIDevice and metrics of ${device} to say ${reason}`, async () => {
    expectEqual('reason', (await deviceOf(testEnv, node.name, device))?.status?.health?.reason, reason);
    const text = await metricsOf(testEnv, cxi.component.metricsExporter, node.name, 9090);
    expectEqual('metric', sample(text, cxiMetric.deviceHealth, { device }), metric);
    return true;
  });
}

export const oneVerdict: readonly Case[] = [
  {
    name: 'a NIC without a retry handler, where one is required, is unhealthy for the kubelet, its CXIDevice and the metrics',
    deadlineMs: 300_000,
    async run(testEnv) {
      const node = aNicNode(testEnv);
      const { count } = node.nics;
      const settings = {
        sharingMode: 'exclusive',
        legacyResourceName: '',
        requireRetryHandler: true,
      } as const;
      await withDevicePlugin(testEnv, settings, async () => {
        await untilOffered(testEnv, node, count);
        await untilVerdictIs(testEnv, node, 'Healthy', 1);
        const registered = node.host.hardware.cxi.read(device, register);
        await node.host.hardware.cxi.write(device, register, '0\n');
        try {
          await untilOffered(testEnv, node, count - 1);
          await untilVerdictIs(testEnv, node, 'RetryHandlerMissing', 0);
        } finally {
          await node.host.hardware.cxi.write(device, register, registered);
        }
        await untilOffered(testEnv, node, count);
        await untilVerdictIs(testEnv, node, 'Healthy', 1);
      });
    },
  },
];
