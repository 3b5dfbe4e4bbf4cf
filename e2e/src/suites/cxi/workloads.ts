import { cxi } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectThat } from '../../expect.ts';
import { aNicNode, eventually } from '../../observe.ts';
import { logsOf, startWorkload, stopWorkload, untilPhase } from '../../workload.ts';

export const workloads: readonly Case[] = [
  {
    name: 'a pod that asks for one NIC runs with its device node and environment',
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      await startWorkload(testEnv, {
        name: 'one-nic',
        resource: cxi.resource.cxi,
        count: 1,
        node: node.name,
      });
      try {
        await untilPhase(testEnv, 'one-nic', 'Running');
        const output = await eventually(testEnv, 'the environment in the log', async () => {
          const text = await logsOf(testEnv, 'one-nic');
          return text.includes(cxi.env.device) ? text : undefined;
        });
        const device = /^CXI_DEVICE=(cxi\d+)$/m.exec(output)?.[1];
        expectThat('CXI_DEVICE names one NIC', device !== undefined, output);
        const ours = output.split('\n').filter((line) => /^(CXI|FI)_/.test(line));
        // Which of two equal NICs it is, is the kubelet's choice.
        record('environment', ours.map((line) => line.replaceAll(device, 'cxiN')).sort());
        expectThat('CXI_DEVICE_COUNT is 1', output.includes('CXI_DEVICE_COUNT=1\n'), output);
        expectThat(`/dev/${device} is in the container`, new RegExp(`^${device}$`, 'm').test(output), output);
      } finally {
        await stopWorkload(testEnv, 'one-nic');
      }
    },
  },
  {
    name: 'a pod that asks for more NICs than any node has stays Pending and says why',
    async run(testEnv, record) {
      await startWorkload(testEnv, { name: 'too-many', resource: cxi.resource.cxi, count: 100_000 });
      try {
        const message = await eventually(testEnv, 'the scheduler to refuse', async () => {
          const outcome = await testEnv.kubectl(
            'get',
            'pod',
            'too-many',
            '--output',
            'jsonpath={.status.conditions[?(@.type=="PodScheduled")].message}',
          );
          return outcome.stdout === '' ? undefined : outcome.stdout;
        });
        record('why it waits', message);
        expectThat('the message names the resource', message.includes(cxi.resource.cxi), message);
      } finally {
        await stopWorkload(testEnv, 'too-many');
      }
    },
  },
];
