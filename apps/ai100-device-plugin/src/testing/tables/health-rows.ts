import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { ai100 } from '@rackwright/keys';
import { faults } from '@rackwright/simulator';
import { type Change, type Controller, changed, hostCommand, type Row } from './row.ts';
import { drive, type TableNode } from './table-node.ts';

const smart =
  (changes: Partial<Controller['smart']>): Change =>
  ({ smart: log }) => ({ smart: { ...log, ...changes } });
const firstDisk =
  (changes: Partial<Controller['namespaces'][number]>): Change =>
  ({ namespaces }) => ({ namespaces: namespaces.map((one) => ({ ...one, ...changes })) });

/** The log of a drive that answers with nothing. */
function zeroed(log: Controller['smart']): Controller['smart'] {
  const zero = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(zero) : typeof value === 'string' ? '0' : 0;
  return Object.fromEntries(Object.entries(log).map(([key, value]) => [key, zero(value)])) as never;
}

/** Nothing is done to the drive, so that the row shows its health alone. */
const off = '--recovery-mode=Off';

/** The drive changes, and the plugin looks so often. */
function health(
  row: string,
  what: string,
  looks: number,
  change: Change,
  more: Partial<Pick<Row, 'args' | 'always' | 'spoils'>> = {},
): Row {
  return {
    ...{ row, what, ...more, args: [off, ...(more.args ?? [])] },
    happens: async (node) => {
      const undo = changed(node, change);
      await node.steps(looks);
      return undo;
    },
  };
}

const always = { always: true } as const;
const silent: Change = ({ admin }) => ({ admin: { ...admin, fails: true } });
const answers: Change = ({ admin }) => ({ admin: { ...admin, fails: false } });

/** It fails and is well again, so often. */
async function flap(node: TableNode, times: number): Promise<void> {
  const { nvme } = node.host.hardware;
  for (let i = 0; i < times; i++)
    for (const state of ['deleting (no IO)', 'live'] as const) {
      nvme.setState(drive.name, state);
      await node.step();
    }
}

const atOnce = 'dead, deleting, controller or namespace gone, size 0 or changed, ro=1';
const volume = 'LV partial, missing PV, LV inactive, mount gone or read-only, canary I/O error';
const kelvin = (celsius: number): number => celsius + 273;

/** Each line of "Health state machine", §1.10. */
export const healthRows: readonly Row[] = [
  health('state live, log readable, no rule below', 'nothing', 1, () => ({})),
  {
    ...{ row: 'new', what: 'another drive is plugged in and its controller stays new', args: [off] },
    happens: async (node) => {
      const { nvme } = node.host.hardware;
      const name = nvme.plug({});
      nvme.setState(name, 'new');
      node.watch(nvme.controller(name).serial);
      await node.steps(4);
      return () => nvme.unplug(name);
    },
  },
  health('resetting / connecting', 'its reset never ends', 6, () => ({ state: 'resetting' })),
  health('resetting / connecting', 'it connects for a minute', 3, () => ({ state: 'connecting' })),
  health(atOnce, 'the controller is dead', 1, () => ({ state: 'dead' })),
  health(atOnce, 'it is being deleted', 1, () => ({ state: 'deleting' })),
  health(atOnce, 'it is being deleted, without I/O', 1, () => ({ state: 'deleting (no IO)' })),
  {
    ...{ row: atOnce, what: 'the drive is pulled', args: [off], always: true },
    happens: async (node) => {
      const fault = faults.nvmeGone(node.host, { drive: drive.name });
      await fault.apply();
      await node.step();
      return () => fault.revert?.();
    },
  },
  health(atOnce, 'its namespace is gone', 1, () => ({ lost: [1] })),
  // What was on the disk is gone with its size.
  health(atOnce, 'its disk has no size', 1, firstDisk({ sectors: 0 }), { spoils: true }),
  health(atOnce, 'its disk has another size', 1, firstDisk({ sectors: 1000 })),
  health(atOnce, 'its disk is read-only', 1, firstDisk({ readOnly: true })),
  health('warning bit 2 or 3', 'bit 2, one look', 1, smart({ criticalWarning: 4 })),
  health('warning bit 2 or 3', 'bit 2, two looks', 2, smart({ criticalWarning: 4 }), always),
  health('warning bit 2 or 3', 'bit 3, two looks', 2, smart({ criticalWarning: 8 })),
  health('bit 0, or spare at threshold; bit 4; bit 5', 'bit 0', 3, smart({ criticalWarning: 1 })),
  health(
    'bit 0, or spare at threshold; bit 4; bit 5',
    'spare at its threshold',
    3,
    smart({ availableSpare: 5 }),
  ),
  health('bit 0, or spare at threshold; bit 4; bit 5', 'bits 4 and 5', 3, smart({ criticalWarning: 48 })),
  health(
    'bit 0, or spare at threshold; bit 4; bit 5',
    'bit 0, of unhealthyOnWarningBits',
    2,
    smart({ criticalWarning: 1 }),
    {
      args: ['--unhealthy-on-warning-bits=0,2,3'],
    },
  ),
  health('bit 1, or temperature at WCTEMP', 'bit 1', 3, smart({ criticalWarning: 2 })),
  health('bit 1, or temperature at WCTEMP', 'warm', 3, smart({ temperature: kelvin(70) })),
  health('temperature at CCTEMP for 3 polls', 'hot', 3, smart({ temperature: kelvin(86) })),
  health('media errors increase', 'by one', 1, smart({ mediaErrors: '1' })),
  health('media errors increase', 'by fifteen', 1, smart({ mediaErrors: '15' })),
  {
    ...{ row: 'media errors increase', what: 'they go back to none, and up by one again', args: [off] },
    happens: async (node) => {
      const undo = changed(node, smart({ mediaErrors: '15' }));
      await node.begin([off]);
      changed(node, smart({ mediaErrors: '0' }));
      await node.step();
      if (node.state !== 'Healthy') throw new Error(`it is ${node.state} after its counter went back`);
      changed(node, smart({ mediaErrors: '1' }));
      await node.step();
      return undo;
    },
  },
  health('percent_used', '90', 1, smart({ percentageUsed: 90 })),
  health('percent_used', '100', 3, smart({ percentageUsed: 100 }), always),
  health('SMART read timeout or exit ≠ 0', 'one miss', 1, silent),
  health('SMART read timeout or exit ≠ 0', 'two misses', 2, silent),
  health('SMART read timeout or exit ≠ 0', 'three misses', 3, silent),
  health('log contents implausible', 'all zero', 3, ({ smart: log }) => ({ smart: zeroed(log) })),
  health('log contents implausible', 'a temperature of 100 K', 3, smart({ temperature: 100 })),
  health('link speed or width below maximum', 'half the lanes', 1, () => ({ linkWidth: 2 })),
  {
    ...{ row: volume, what: 'the mount is gone and cannot be had again', args: [off] },
    happens: async (node) => {
      const fault = faults.commandFails(node.host, { command: 'mount', words: ['/mnt/nvme0'] });
      await fault.apply();
      await hostCommand(node, 'umount', `${node.host.folder}/mnt/nvme0`);
      await node.step();
      return () => fault.revert?.();
    },
  },
  {
    ...{ row: volume, what: 'mounted read-only', args: [off], always: true },
    happens: async (node) => {
      const at = `${node.host.folder}/mnt/nvme0`;
      await hostCommand(node, 'mount', '-o', 'remount,ro', at);
      await node.step();
      return () => hostCommand(node, 'mount', '-o', 'remount,rw', at);
    },
  },
  {
    ...{ row: volume, what: 'the canary cannot write', args: [off] },
    happens: async (node) => {
      const at = node.host.root.path('/mnt/nvme0');
      renameSync(at, `${at}.away`);
      writeFileSync(at, 'no folder');
      await node.steps(2);
      return () => {
        rmSync(at);
        renameSync(`${at}.away`, at);
      };
    },
  },
  {
    ...{
      row: 'return to Healthy',
      what: '3 clean polls and 300 s: after 10 clean looks not yet, then it is',
    },
    args: [off],
    happens: async (node) => {
      const { nvme } = node.host.hardware;
      nvme.update(drive.name, silent);
      await node.steps(3);
      nvme.update(drive.name, answers);
      await node.steps(10);
      if (node.state !== 'Recovering') throw new Error(`it is ${node.state} after 10 clean looks`);
      await node.step();
      return undefined;
    },
  },
  {
    ...{ row: 'more than 3 Unhealthy entries in 1 h', what: 'it fails four times', args: [off] },
    happens: async (node) => {
      await flap(node, 4);
      return undefined;
    },
  },
  {
    ...{ row: 'quarantine ends by annotation', what: 'clear-quarantine names the drive', args: [off] },
    happens: async (node) => {
      await flap(node, 4);
      node.annotate({ [ai100.annotation.clearQuarantine]: drive.serial });
      await node.until('Healthy', () => node.state === 'Healthy');
      return () => node.annotate({});
    },
  },
];
