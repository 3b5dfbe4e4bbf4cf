import type { CommandOutcome } from '../../commands/command.ts';
import { isGiven, optionValue } from '../../commands/options.ts';
import { activate, deactivate, isOpen, mappedVolume } from '../active-volumes.ts';
import { type Group, type GroupPv, usedRuns } from '../group.ts';
import { DATA_START } from '../label.ts';
import { diskOf, groupOf, missingPvs, writePv } from '../scan.ts';
import {
  BAD_LINE,
  badTag,
  changedTags,
  commit,
  FAILED,
  failure,
  groupNamed,
  LvmFailure,
  newId,
  rescanned,
  type Session,
  success,
} from '../session.ts';
import { deviceAt, initialize } from './physical.ts';
import { removeVolume } from './volumes.ts';

const EXTENT_SECTORS = 8192;
const nameForm = /^[\w+.][\w+.-]*$/;

export function vgcreate(session: Session): CommandOutcome {
  const { words } = session;
  const [name = '', ...paths] = words.operands;
  const wrong = badTag(words);
  if (wrong !== undefined) return wrong;
  if (paths.length === 0) return badLine('Please specify one or more physical volumes', 'vgcreate');
  if (!nameForm.test(name)) return badLine(`New volume group name "${name}" is invalid.`, 'vgcreate');
  if (session.scan.groups.some((group) => group.name === name)) {
    return failure(`A volume group called ${name} already exists.`);
  }
  const { lines, session: now } = initialized(session, paths, name);
  const pvs = paths.map((path, i) => groupPv(now, path, i));
  const group: Group = {
    ...{ name, id: newId(), seqno: 0, systemId: '', extentSectors: EXTENT_SECTORS },
    tags: changedTags([], words),
    ...{ pvs, lvs: [] },
  };
  commit(now, group);
  return success(...lines, `Volume group "${name}" successfully created`);
}

function badLine(why: string, command: string): CommandOutcome {
  return { code: BAD_LINE, stderr: `  ${why}\n  Run \`${command} --help' for more information.\n` };
}

/** Disks that are no physical volumes yet become some. */
function initialized(
  session: Session,
  paths: readonly string[],
  into: string,
): { lines: string[]; session: Session } {
  const lines: string[] = [];
  for (const path of paths) {
    const disk = deviceAt(session, path);
    const found = session.scan.pvs.find((one) => one.disk.path === disk.path);
    const group = found && groupOf(session.scan, found);
    if (group !== undefined) {
      throw new LvmFailure(
        `Physical volume '${path}' is already in volume group '${group.name}'`,
        `Unable to add physical volume '${path}' to volume group '${into === group.name ? into : group.name}'`,
        `${path}: physical volume not initialized.`,
      );
    }
    if (found === undefined) {
      initialize(session, path);
      lines.push(`Physical volume "${path}" successfully created.`);
    }
  }
  return { lines, session: rescanned(session) };
}

function groupPv(session: Session, path: string, number: number): GroupPv {
  const disk = deviceAt(session, path);
  const id = session.scan.pvs.find((one) => one.disk.path === disk.path)?.label.uuid ?? '';
  const devSectors = disk.bytes / 512;
  const peStart = DATA_START / 512;
  const peCount = Math.floor((devSectors - peStart) / EXTENT_SECTORS);
  return { name: `pv${number}`, id, device: disk.path, tags: [], devSectors, peStart, peCount };
}

export function vgchange(session: Session): CommandOutcome {
  const { words } = session;
  const wrong = badTag(words);
  if (wrong !== undefined) return wrong;
  const names = words.operands.length > 0 ? words.operands : session.scan.groups.map(({ name }) => name);
  const wanted = optionValue(words, '--activate');
  const outcomes = names.map((name) => {
    const group = groupNamed(session, name);
    return wanted === undefined
      ? changeTags(session, group)
      : setActive(session, group, wanted.includes('y'));
  });
  return joined(outcomes);
}

function changeTags(session: Session, group: Group): CommandOutcome {
  const { options } = session.words;
  if (!options.has('--addtag') && !options.has('--deltag')) {
    return badLine('No command with matching syntax recognised.', 'vgchange');
  }
  commit(session, { ...group, tags: changedTags(group.tags, session.words) });
  return success(`Volume group "${group.name}" successfully changed`);
}

function setActive(session: Session, group: Group, on: boolean): CommandOutcome {
  const { call, scan } = session;
  const { root } = call;
  const count = (): string => {
    const active = group.lvs.filter((lv) => mappedVolume(root, group, lv) !== undefined).length;
    return `${active} logical volume(s) in volume group "${group.name}" now active`;
  };
  if (on) {
    const partial = isPartial(session, group) ? group.lvs : [];
    for (const lv of group.lvs) {
      if (partial.includes(lv)) continue;
      activate(root, scan, group, lv);
      call.step();
    }
    const why = partial.map(
      ({ name }) =>
        `Refusing activation of partial LV ${group.name}/${name}.  Use '--activationmode partial' to override.`,
    );
    return { ...success(count()), ...(why.length > 0 ? { ...failure(...why) } : {}) };
  }
  const open = group.lvs.filter((lv) => {
    const volume = mappedVolume(root, group, lv);
    return volume !== undefined && isOpen(root, volume);
  });
  if (open.length > 0) {
    return failure(
      ...open.map(({ name }) => `Logical volume ${group.name}/${name} contains a filesystem in use.`),
      `Can't deactivate volume group "${group.name}" with ${open.length} open logical volume(s)`,
    );
  }
  for (const lv of group.lvs) {
    deactivate(root, group, lv);
    call.step();
  }
  return success(count());
}

function isPartial({ scan }: Session, group: Group): boolean {
  return missingPvs(scan, group).length > 0;
}

function joined(outcomes: readonly CommandOutcome[]): CommandOutcome {
  return {
    code: Math.max(0, ...outcomes.map(({ code }) => code)),
    stdout: outcomes.map(({ stdout = '' }) => stdout).join(''),
    stderr: outcomes.map(({ stderr = '' }) => stderr).join(''),
  };
}

export function vgextend(session: Session): CommandOutcome {
  const [name = '', ...paths] = session.words.operands;
  const group = groupNamed(session, name);
  const { lines, session: now } = initialized(session, paths, name);
  const taken = group.pvs.map((pv) => Number(/\d+$/.exec(pv.name)?.[0] ?? 0));
  const first = Math.max(-1, ...taken) + 1;
  commit(now, { ...group, pvs: [...group.pvs, ...paths.map((path, i) => groupPv(now, path, first + i))] });
  return success(...lines, `Volume group "${name}" successfully extended`);
}

export function vgreduce(session: Session): CommandOutcome {
  const [name = '', ...paths] = session.words.operands;
  const group = groupNamed(session, name);
  if (isGiven(session.words, '--removemissing')) return removeMissing(session, group);
  const gone = paths.map((path) => {
    const disk = deviceAt(session, path);
    const pv = group.pvs.find((one) => diskOf(session.scan, one)?.path === disk.path);
    if (pv === undefined)
      throw new LvmFailure(`Physical Volume "${path}" not found in Volume Group "${name}"`);
    if (usedRuns(group, pv).length > 0) throw new LvmFailure(`Physical volume "${path}" still in use`);
    return { pv, disk, path };
  });
  if (gone.length === group.pvs.length) {
    throw new LvmFailure(`Can't remove final physical volume "${paths.at(-1)}" from volume group "${name}"`);
  }
  commit(session, { ...group, pvs: group.pvs.filter((one) => !gone.some(({ pv }) => pv === one)) });
  for (const { pv, disk } of gone) {
    writePv(session.call.root, disk, { uuid: pv.id, deviceBytes: disk.bytes, metadata: undefined });
    session.call.step();
  }
  return success(...gone.map(({ path }) => `Removed "${path}" from volume group "${name}"`));
}

function removeMissing(session: Session, group: Group): CommandOutcome {
  const missing = missingPvs(session.scan, group);
  const partial = group.lvs.filter((lv) =>
    lv.stripes.some(({ pv }) => missing.some(({ name }) => name === pv)),
  );
  if (missing.length === 0) return success(`Volume group "${group.name}" is already consistent.`);
  if (partial.length > 0 && !isGiven(session.words, '--force')) {
    return {
      code: FAILED,
      stderr: [
        ...partial.map(({ name }) => `WARNING: Partial LV ${name} needs to be repaired or removed. `),
        `There are still partial LVs in VG ${group.name}.`,
        'To remove them unconditionally use: vgreduce --removemissing --force.',
        'To remove them unconditionally from mirror LVs use: vgreduce --removemissing --mirrorsonly --force.',
        'WARNING: Proceeding to remove empty missing PVs.',
      ]
        .map((line) => `  ${line}\n`)
        .join(''),
    };
  }
  for (const lv of partial) removeVolume(session, group, lv);
  commit(session, {
    ...group,
    pvs: group.pvs.filter((pv) => !missing.includes(pv)),
    lvs: group.lvs.filter((lv) => !partial.includes(lv)),
  });
  return success(
    ...partial.map(({ name }) => `Logical volume "${name}" successfully removed.`),
    `Wrote out consistent volume group ${group.name}.`,
  );
}

export function vgremove(session: Session): CommandOutcome {
  const lines = session.words.operands.flatMap((name) => {
    const group = groupNamed(session, name);
    const sure = isGiven(session.words, '--yes') || isGiven(session.words, '--force');
    if (group.lvs.length > 0 && !sure) throw new NotRemoved(group);
    for (const lv of group.lvs) removeVolume(session, group, lv);
    for (const pv of group.pvs) {
      const disk = diskOf(session.scan, pv);
      if (disk === undefined) continue;
      writePv(session.call.root, disk, { uuid: pv.id, deviceBytes: disk.bytes, metadata: undefined });
      session.call.step();
    }
    return [
      ...group.lvs.map((lv) => `Logical volume "${lv.name}" successfully removed.`),
      `Volume group "${name}" successfully removed`,
    ];
  });
  return success(...lines);
}

class NotRemoved extends LvmFailure {
  constructor({ name, lvs }: Group) {
    super();
    const question = `Do you really want to remove volume group "${name}" containing ${lvs.length} logical volumes? [y/n]: [n]\n`;
    Object.assign(this.outcome, {
      code: FAILED,
      stderr: `${question}  Volume group "${name}" not removed\n`,
    });
  }
}
