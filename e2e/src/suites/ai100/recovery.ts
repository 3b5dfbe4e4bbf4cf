import { aidaptivCacheNodes } from '@rackwright/api';
import { ai100, discovery } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { untilUnits } from './cache.ts';
import { driveHost, driveNode, pluginPod } from './drives.ts';
import { askExporter } from './exporter.ts';
import { eventsOf, untilCondition, untilEvent } from './node-report.ts';

export const recovery: readonly Case[] = [
  {
    name: 'an AI100 drive that answers no command is reset with a permit of the cluster, and its units come back',
    only: 'simulated',
    async run(testEnv) {
      const { hardware } = driveHost(testEnv);
      const [drive = ''] = hardware.nvme.names();
      const { serial } = hardware.nvme.controller(drive);
      await untilUnits(testEnv, 2);
      hardware.nvme.update(drive, ({ admin }) => ({ admin: { ...admin, fails: true } }));
      await untilUnits(testEnv, 0);
      await untilEvent(testEnv, ai100.event.unhealthy, serial);
      const { namespace } = testEnv;
      await eventually(testEnv, 'the permit to be taken and given back', async () => {
        const { spec } = await testEnv.kube.get(resources.leases, { namespace, name: 'ai100-recovery-0' });
        return spec?.holderIdentity === '';
      });
      await untilUnits(testEnv, 2);
      await untilEvent(testEnv, ai100.event.recoveryStarted, serial);
      const { status } = await testEnv.kube.get(aidaptivCacheNodes, { name: driveNode });
      const { lastAction, lastResult, quarantinedSerials } = status?.recovery ?? {};
      expectEqual(
        'what was done',
        [lastAction, lastResult, quarantinedSerials],
        ['ControllerReset', 'Succeeded', []],
      );
      const device = status?.devices?.find((one) => one.serial === serial);
      expectEqual('resets within the hour', device?.resets1h, 1);
      await eventually(testEnv, 'the exporter to count the reset', async () => {
        const metrics = await askExporter(testEnv, '/metrics');
        return metrics.includes(
          'ai100_recovery_actions_total{action="ControllerReset",result="Succeeded"} 1\n',
        );
      });
      await untilEvent(testEnv, ai100.event.recovered, serial);
    },
  },
  {
    name: 'AI100 drives that are pulled take all units away, said by condition and event, and bring them back',
    only: 'simulated',
    async run(testEnv) {
      const { nvme } = driveHost(testEnv).hardware;
      const [drive = '', other = ''] = nvme.names();
      await untilUnits(testEnv, 2);
      const { serial } = nvme.controller(drive);
      const toldBefore = await timesTold(testEnv, ai100.event.recovered, serial);
      const pulled = nvme.unplug(drive);
      await untilUnits(testEnv, 0);
      const second = nvme.unplug(other);
      await untilOnlyPresent(testEnv);
      const { devicesHealthy } = ai100.condition;
      expectEqual('reason', await untilCondition(testEnv, devicesHealthy, 'False'), 'Removed');
      await untilEvent(testEnv, ai100.event.unhealthy, pulled.serial);
      nvme.plugBack(pulled);
      nvme.plugBack(second);
      await untilUnits(testEnv, 2);
      await untilCondition(testEnv, devicesHealthy, 'True');
      await untilToldOnceMore(testEnv, pulled.serial, toldBefore);
      await untilUnits(testEnv, 2);
    },
  },
];

/** The drives' labels are withdrawn, but not the one that keeps the plugin on a node whose cache is lost. */
async function untilOnlyPresent(testEnv: TestEnvironment): Promise<void> {
  const { ai100: labels } = discovery.label;
  await eventually(testEnv, 'the labels of the drives to be withdrawn', async () => {
    const { metadata } = await testEnv.kube.get(resources.nodes, { name: driveNode });
    expectEqual('number of drives', metadata?.labels?.[labels.count], undefined);
    expectEqual('drives', metadata?.labels?.[labels.present], 'true');
    return true;
  });
}

/** How often an event of this reason has told of the drive. */
async function timesTold(testEnv: TestEnvironment, reason: string, serial: string): Promise<number> {
  const told = await eventsOf(testEnv, reason, serial);
  expectThat('one event', told.length <= 1, told);
  return told[0] === undefined ? 0 : (told[0].series?.count ?? 1);
}

/** A recovery like one before is counted by its event, once the plugin ends and writes what waits. */
async function untilToldOnceMore(testEnv: TestEnvironment, serial: string, before: number): Promise<void> {
  const pod = await pluginPod(testEnv);
  if (pod === undefined) throw new Error(`no plugin on ${driveNode}`);
  await testEnv.kube.delete(resources.pods, pod);
  await eventually(testEnv, 'the event to count this recovery too', async () => {
    return (await timesTold(testEnv, ai100.event.recovered, serial)) === before + 1;
  });
}
