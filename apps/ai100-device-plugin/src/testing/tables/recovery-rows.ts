import { ai100 } from '@rackwright/keys';
import { faults } from '@rackwright/simulator';
import { changed, hostCommand, type Row, type Undo } from './row.ts';
import { drive, type TableNode } from './table-node.ts';

/** A drive need not be well for long here. */
const soon = '--clean-time=60s';

const rebuild = ['--recovery-actions=Rescan,Rebuild', '--cache-data-policy=Ephemeral'];

const well = (node: TableNode): Promise<void> =>
  node.until(
    'units that are well',
    async () => node.state === 'Healthy' && (await node.units()) === '2 of 2 healthy',
    30,
  );

/** The action was done and has ended. */
const done = (node: TableNode, action: string): Promise<void> =>
  node.until(
    `end of ${action}`,
    async () => (await node.actions()).some((one) => one.startsWith(`${action} `)),
    30,
  );

/** Pulls the drive, which is noticed, and plugs it in again. */
async function pulledForAWhile(node: TableNode): Promise<Undo> {
  const { nvme } = node.host.hardware;
  const pulled = nvme.unplug(drive.name);
  await node.step();
  // Its number is another's by then, as on a node whose kernel holds the old one.
  const other = nvme.plug({ serial: 'OTHER', model: 'SAMSUNG MZVL2512', vendor: 0x144d });
  nvme.plugBack(pulled);
  await node.step();
  return () => {
    nvme.unplug(other);
    const now = nvme.names().find((name) => nvme.controller(name).serial === drive.serial);
    nvme.plugBack(nvme.unplug(now ?? drive.name));
  };
}

/** Each step of "Recovery ladder", §1.11. */
export const recoveryRows: readonly Row[] = [
  {
    ...{ row: '0 Mark Unhealthy', what: 'mode Off: a drive is dead', args: ['--recovery-mode=Off'] },
    happens: async (node) => {
      const undo = changed(node, () => ({ state: 'dead' }));
      await node.steps(5);
      return undo;
    },
  },
  {
    ...{ row: '1 Rescan', what: 'a namespace is missing', args: [soon] },
    happens: async (node) => {
      await faults.nvmeNamespaceLost(node.host, { drive: drive.name }).apply();
      await done(node, 'Rescan');
      await well(node);
      return undefined;
    },
  },
  {
    ...{ row: '2 Remount', what: 'somebody has unmounted the cache', always: true },
    happens: async (node) => {
      await hostCommand(node, 'umount', `${node.host.folder}/mnt/nvme0`);
      await node.step();
      return undefined;
    },
  },
  {
    ...{ row: '3 ControllerReset', what: 'a live controller answers no command', args: [soon], always: true },
    happens: async (node) => {
      changed(node, ({ admin, cures }) => ({
        admin: { ...admin, fails: true },
        cures: { ...cures, reset: 'heals' },
      }));
      await done(node, 'ControllerReset');
      await well(node);
      return undefined;
    },
  },
  {
    ...{ row: '3 ControllerReset', what: 'mode DryRun: a live controller answers no command' },
    args: ['--recovery-mode=DryRun'],
    happens: async (node) => {
      const undo = changed(node, ({ admin }) => ({ admin: { ...admin, fails: true } }));
      await done(node, 'ControllerReset');
      return undo;
    },
  },
  {
    ...{ row: '3 ControllerReset', what: 'a drive is too hot', args: [soon] },
    happens: async (node) => {
      const undo = changed(node, ({ smart }) => ({ smart: { ...smart, temperature: 86 + 273 } }));
      await node.steps(8);
      return undo;
    },
  },
  {
    ...{
      row: '4 LvmReactivate',
      what: 'a drive was pulled and is back, no unit is held',
      args: [soon],
      always: true,
    },
    happens: async (node) => {
      const undo = await pulledForAWhile(node);
      await well(node);
      return undo;
    },
  },
  {
    ...{ row: '5 EvictConsumers', what: 'a drive was pulled and is back, a pod holds a unit', args: [soon] },
    happens: async (node) => {
      node.run.pods.held = [{ pod: 'trainer', resource: ai100.resource, ids: ['ai100-ai1e2t0240000001'] }];
      const undo = await pulledForAWhile(node);
      await node.steps(2);
      const stale = node.status?.cache?.staleConsumers;
      if (stale !== true) throw new Error('the operator is not told of consumers to evict');
      return () => {
        node.run.pods.held = [];
        undo();
      };
    },
  },
  {
    ...{ row: '6 PciRescan', what: 'a drive is dead', args: [soon, '--recovery-actions=Rescan,PciRescan'] },
    happens: async (node) => {
      await faults.nvmeDead(node.host, { drive: drive.name }).apply();
      await done(node, 'PciRescan');
      await well(node);
      return undefined;
    },
  },
  {
    ...{ row: '6 PciRescan', what: 'a drive is dead, and the action is not allowed', args: [soon] },
    happens: async (node) => {
      const undo = changed(node, () => ({ state: 'dead' }));
      await node.steps(5);
      return undo;
    },
  },
  {
    ...{ row: '7 Rebuild', what: 'a drive was pulled, and another one is there that is empty' },
    ...{ args: [soon, ...rebuild], spoils: true },
    happens: async (node) => {
      const { nvme } = node.host.hardware;
      const before = node.status?.cache?.lvUUID;
      nvme.plug({});
      nvme.unplug(drive.name);
      await done(node, 'Rebuild');
      await node.until('two units', async () => (await node.units()) === '2 of 2 healthy', 30);
      if (node.status?.cache?.lvUUID === before) throw new Error('it is the same volume');
      return undefined;
    },
  },
  {
    ...{ row: '7 Rebuild', what: 'a pod holds a unit', args: [soon, ...rebuild], spoils: true },
    happens: async (node) => {
      const { nvme } = node.host.hardware;
      node.run.pods.held = [{ pod: 'trainer', resource: ai100.resource, ids: ['ai100-ai1e2t0240000001'] }];
      nvme.plug({});
      nvme.unplug(drive.name);
      await node.steps(25);
      return undefined;
    },
  },
  {
    ...{ row: '7 Rebuild', what: 'both drives were pulled, and two others are there that are empty' },
    ...{ args: [soon, ...rebuild], spoils: true },
    happens: async (node) => {
      const { nvme } = node.host.hardware;
      const old = nvme.names();
      for (const _ of old) nvme.plug({});
      for (const name of old) nvme.unplug(name);
      await node.steps(25);
      return undefined;
    },
  },
  {
    ...{ row: '8 Give up', what: 'no reset helps', args: ['--recovery-max-attempts=2'] },
    happens: async (node) => {
      const undo = changed(node, ({ admin, cures }) => ({
        admin: { ...admin, fails: true },
        cures: { ...cures, reset: 'useless' },
      }));
      await node.until('drive that is given up', () => node.state === 'Quarantined', 30);
      return undo;
    },
  },
];
