import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import type { SimulatedHost } from '@rackwright/simulator';
import { HostTools } from '@rackwright/storage';
import { drive, type Seen, type TableNode } from './table-node.ts';

/** Takes back what happened. */
export type Undo = () => unknown;

/** One line of a table of the specification, made to happen. */
export interface Row {
  /** What the specification calls it. */
  readonly row: string;
  /** What happens here. */
  readonly what: string;
  /** Of the plugin. */
  readonly args?: readonly string[];
  /** Not only in the long run. */
  readonly always?: true;
  /** What it leaves is nothing for another row: the next one gets another node. */
  readonly spoils?: true;
  /** Has it happen, and the plugin look as often as it takes. */
  readonly happens: (node: TableNode) => Promise<Undo | undefined>;
}

/** A drive of the simulated host. */
export type Controller = ReturnType<SimulatedHost['hardware']['nvme']['controller']>;
export type Change = (controller: Controller) => Partial<Controller>;

/** Changes the drive, which is as before when that is taken back. */
export function changed({ host }: TableNode, change: Change): Undo {
  const { nvme } = host.hardware;
  const before = nvme.controller(drive.name);
  nvme.update(drive.name, change);
  return () => nvme.updateDrive(before.id, () => before);
}

/** Runs a program of the node, as somebody who is logged in there does. */
export function hostCommand({ host }: TableNode, ...argv: [string, ...string[]]): Promise<unknown> {
  const runner = new SystemProcessRunner(systemClock);
  return new HostTools({ runner, root: host.root, entry: 'tree' }).expect(argv, { key: argv[0] });
}

/** Head of a table of what was seen. */
export const tableHead = [
  '| of the specification | here | the drive | units | conditions | events | actions |',
  '| --- | --- | --- | --- | --- | --- | --- |',
] as const;

/** A file of the canary on a simulated host, of which no name lasts. */
const scratchFile = /\/tmp\/[^/']+\/host([^']*?)-[0-9a-f]{8}-[0-9a-f-]+/g;

/** Of a volume that was made for the row: another one each time. */
const volumeUuid = /\b[A-Za-z0-9]{6}(-[A-Za-z0-9]{4}){5}-[A-Za-z0-9]{6}\b/g;

/** What was seen as a line of it. */
export function tableLine({ row, what }: Row, seen: Seen): string {
  const cells = [
    ...[row, what, seen.drive.join(' → '), seen.units],
    ...[seen.conditions, seen.events, seen.actions].map((list) => list.join('<br>')),
  ];
  return `| ${cells.join(' | ')} |`.replace(scratchFile, '$1-…').replace(volumeUuid, '…');
}
