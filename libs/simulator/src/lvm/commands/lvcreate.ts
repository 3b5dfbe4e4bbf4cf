import { hostname } from 'node:os';
import { type CommandOutcome, unknownWords } from '../../commands/command.ts';
import { optionValue } from '../../commands/options.ts';
import { activate } from '../active-volumes.ts';
import { type Allocation, allocate } from '../allocate.ts';
import { freeExtents, type Group, type GroupLv, type GroupPv } from '../group.ts';
import { diskOf } from '../scan.ts';
import {
  BAD_LINE,
  badTag,
  changedTags,
  commit,
  failure,
  groupNamed,
  newId,
  nowSeconds,
  type Session,
  success,
} from '../session.ts';
import { bytesOf } from '../size.ts';
import { deviceAt } from './physical.ts';

const nameForm = /^[\w+.][\w+.-]*$/;

/** Makes a linear or striped volume, active unless it is told not to be. */
export function lvcreate(session: Session): CommandOutcome {
  const { words, call } = session;
  const wrong = badTag(words) ?? unknownType(session);
  if (wrong !== undefined) return wrong;
  const [groupName, ...paths] = words.operands;
  if (groupName === undefined) return badLine('Please provide a volume group name');
  const group = groupNamed(session, groupName);
  const usable = usablePvs(session, group, paths);
  const stripes = Number(optionValue(words, '--stripes') ?? 1);
  const size = sizeOf(session, group, usable, stripes);
  if ('code' in size) return size;
  const name = optionValue(words, '--name') ?? freeName(group);
  const refused = refusal(group, usable, name, size.extents, stripes);
  if (refused !== undefined) return refused;
  const allocation = allocate(group, usable, { name, stripes, ...size });
  const lv = volume(session, name, allocation);
  const grown = { ...group, lvs: [...group.lvs, lv] };
  commit(session, grown);
  if (!(optionValue(words, '--activate') ?? 'y').includes('n')) {
    activate(call.root, session.scan, grown, lv);
    call.step();
  }
  const usual = stripes > 1 && optionValue(words, '--stripesize') === undefined;
  return success(
    ...(usual ? ['Using default stripesize 64.00 KiB.'] : []),
    ...allocation.lines,
    `Logical volume "${name}" created.`,
  );
}

function badLine(why: string): CommandOutcome {
  return { code: BAD_LINE, stderr: `  ${why}\n  Run \`lvcreate --help' for more information.\n` };
}

function unknownType({ words }: Session): CommandOutcome | undefined {
  const type = optionValue(words, '--type') ?? 'linear';
  return ['linear', 'striped'].includes(type) ? undefined : unknownWords('lvcreate', `--type ${type}`);
}

function usablePvs(session: Session, group: Group, paths: readonly string[]): GroupPv[] {
  const named = paths.map((path) => deviceAt(session, path).path);
  return group.pvs.filter((pv) => {
    const disk = diskOf(session.scan, pv);
    return disk !== undefined && (named.length === 0 || named.includes(disk.path));
  });
}

interface Size {
  readonly extents: number;
  readonly approximate: boolean;
}

/** `--extents 100%FREE`, `--extents 50%VG`, `--extents 20`, `--size 64M`; a size is rounded up to whole stripes. */
function sizeOf(
  { words }: Session,
  group: Group,
  usable: readonly GroupPv[],
  stripes: number,
): Size | CommandOutcome {
  const [extents, bytes] = [optionValue(words, '--extents'), optionValue(words, '--size')];
  if (extents === undefined && bytes === undefined) return badLine('Please specify either size or extents');
  if (bytes !== undefined) {
    const size = bytesOf(bytes);
    if (size === undefined) return badLine(`Invalid argument for --size: ${bytes}`);
    const whole = Math.ceil(size / (group.extentSectors * 512));
    return { extents: Math.ceil(whole / stripes) * stripes, approximate: false };
  }
  const [, digits, of] = /^(\d+)(?:%(FREE|VG|PVS))?$/i.exec(extents ?? '') ?? [];
  if (digits === undefined) return badLine(`Invalid argument for --extents: ${extents}`);
  if (of === undefined) return { extents: Number(digits), approximate: false };
  const whole =
    of.toUpperCase() === 'FREE'
      ? usable.reduce((sum, pv) => sum + freeExtents(group, pv), 0)
      : usable.reduce((sum, { peCount }) => sum + peCount, 0);
  return { extents: Math.floor((whole * Number(digits)) / 100), approximate: true };
}

function refusal(
  group: Group,
  usable: readonly GroupPv[],
  name: string,
  extents: number,
  stripes: number,
): CommandOutcome | undefined {
  if (!nameForm.test(name)) return badLine(`Logical volume name "${name}" is invalid.`);
  if (stripes > usable.length) {
    return failure(
      `Number of stripes (${stripes}) must not exceed number of physical volumes (${usable.length})`,
    );
  }
  if (extents === 0) return failure('Calculated size of logical volume is 0 extents. Needs to be larger.');
  if (group.lvs.some((lv) => lv.name === name)) {
    return failure(`Logical Volume "${name}" already exists in volume group "${group.name}"`);
  }
  return undefined;
}

function freeName({ lvs }: Group): string {
  let number = 0;
  while (lvs.some(({ name }) => name === `lvol${number}`)) number += 1;
  return `lvol${number}`;
}

function volume({ words }: Session, name: string, { extents, stripes }: Allocation): GroupLv {
  const kib = (bytesOf(optionValue(words, '--stripesize')?.replace(/\d$/, '$&k') ?? '64k') ?? 0) / 1024;
  return {
    name,
    id: newId(),
    tags: changedTags([], words),
    createdAt: nowSeconds(),
    host: hostname(),
    extents,
    stripeSectors: stripes.length === 1 ? 0 : kib * 2,
    stripes,
  };
}
