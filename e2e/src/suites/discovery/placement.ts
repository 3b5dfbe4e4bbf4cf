import { cxiDrivers } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { driverCondition, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { upgradeRelease } from '../../upgrade-release.ts';

/** Waits until the agents of the CXIDriver run on these nodes and on no others. */
async function untilOn(testEnv: TestEnvironment, nodes: readonly string[]): Promise<void> {
  const labelSelector = `${kubernetes.label.instance}=${testEnv.driver}`;
  await eventually(testEnv, `the agents to run on ${nodes.join(', ') || 'no node'}`, async () => {
    const { items } = await testEnv.kube.list(resources.pods, {
      namespace: testEnv.namespace,
      labelSelector,
    });
    const found = new Set(items.map(({ spec }) => spec?.nodeName ?? ''));
    expectEqual('nodes', [...found].sort(), [...nodes].sort());
    return true;
  });
  await eventually(testEnv, 'the CXIDriver to be Ready', async () => {
    const { metadata, status } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
    expectEqual('observed generation', status?.observedGeneration, metadata?.generation);
    return (await driverCondition(testEnv, 'Ready'))?.status === 'True';
  });
}

export const placement: readonly Case[] = [
  {
    name: 'with cxi.driver.onlyWhereFound the CXI agents run only on nodes that have a NIC',
    deadlineMs: 180_000,
    only: 'simulated',
    async run(testEnv) {
      const withNics = testEnv.nodes.filter(({ nics }) => nics.count > 0).map(({ name }) => name);
      await upgradeRelease(testEnv, 'cxi.driver.onlyWhereFound=true');
      try {
        await untilOn(testEnv, withNics);
      } finally {
        await upgradeRelease(testEnv, 'cxi.driver.onlyWhereFound=false');
      }
      await untilOn(
        testEnv,
        testEnv.nodes.map(({ name }) => name),
      );
    },
  },
];
