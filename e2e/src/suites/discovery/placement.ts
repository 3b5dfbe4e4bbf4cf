import { cxiDrivers } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed } from '../../bed.ts';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { driverCondition, eventually } from '../../observe.ts';

/** Upgrades the installation with this value beside those it has. */
async function upgrade(bed: Bed, value: string): Promise<void> {
  const words = ['upgrade', 'rackwright', bed.chart, '--namespace', bed.namespace, '--reuse-values'];
  const outcome = await bed.helm(...words, '--set', value);
  expectEqual(`helm upgrade: ${outcome.stderr}`, outcome.code, 0);
}

/** Waits until the agents of the CXIDriver run on these nodes and on no others. */
async function untilOn(bed: Bed, nodes: readonly string[]): Promise<void> {
  const labelSelector = `${kubernetes.label.instance}=${bed.driver}`;
  await eventually(bed, `the agents to run on ${nodes.join(', ') || 'no node'}`, async () => {
    const { items } = await bed.kube.list(resources.pods, { namespace: bed.namespace, labelSelector });
    const found = new Set(items.map(({ spec }) => spec?.nodeName ?? ''));
    expectEqual('nodes', [...found].sort(), [...nodes].sort());
    return true;
  });
  await eventually(bed, 'the CXIDriver to be Ready', async () => {
    const { metadata, status } = await bed.kube.get(cxiDrivers, { name: bed.driver });
    expectEqual('observed generation', status?.observedGeneration, metadata?.generation);
    return (await driverCondition(bed, 'Ready'))?.status === 'True';
  });
}

export const placement: readonly Case[] = [
  {
    name: 'with cxi.driver.onlyWhereFound the CXI agents run only on nodes that have a NIC',
    deadlineMs: 180_000,
    only: 'simulated',
    long: true,
    async run(bed) {
      const withNics = bed.nodes.filter(({ nics }) => nics.count > 0).map(({ name }) => name);
      await upgrade(bed, 'cxi.driver.onlyWhereFound=true');
      try {
        await untilOn(bed, withNics);
      } finally {
        await upgrade(bed, 'cxi.driver.onlyWhereFound=false');
      }
      await untilOn(
        bed,
        bed.nodes.map(({ name }) => name),
      );
    },
  },
];
