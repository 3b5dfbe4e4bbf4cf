import { cxi, cxiMetric } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { metricsOf, nicNodes, sample } from '../../observe.ts';

export const exporter: readonly Case[] = [
  {
    name: 'the exporter of each node serves its NICs, their telemetry and the retry handler',
    async run(testEnv, record) {
      for (const node of nicNodes(testEnv)) {
        const text = await metricsOf(testEnv, cxi.component.metricsExporter, node.name, 9090);
        const [device = ''] = node.host.hardware.cxi.nics();
        expectEqual(
          'device count',
          sample(text, cxiMetric.deviceCount, { node: node.name }),
          node.nics.count,
        );
        expectEqual('link', sample(text, cxiMetric.deviceLinkState, { device, node: node.name }), 1);
        expectEqual('health', sample(text, cxiMetric.deviceHealth, { device }), 1);
        expectEqual('driver', sample(text, cxiMetric.driverLoaded, { module: 'cxi_ss1' }), 1);
        expectThat('telemetry is there', text.includes(`${cxiMetric.telemetryPrefix}`), text.slice(0, 2000));
        const names = text.split('\n').flatMap((line) => /^cxi_\w+/.exec(line)?.[0] ?? []);
        record(`metrics of ${node.name}`, [...new Set(names)].sort());
        expectEqual('retry handler', sample(text, cxiMetric.retryHandlerRunning, { device }), 1);
      }
    },
  },
];
