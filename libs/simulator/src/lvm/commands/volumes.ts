import type { CommandOutcome } from '../../commands/command.ts';
import { isGiven, optionValue } from '../../commands/options.ts';
import { activate, deactivate, forgetBytes, isOpen, mappedVolume, resize } from '../active-volumes.ts';
import { allocate } from '../allocate.ts';
import { freeExtents, type Group, type GroupLv } from '../group.ts';
import { diskOf, missingPvs } from '../scan.ts';
import {
  BAD_LINE,
  badTag,
  changedTags,
  commit,
  FAILED,
  LvmFailure,
  type Session,
  success,
  volumeNamed,
} from '../session.ts';
import { bytesOf } from '../size.ts';

export function lvchange(session: Session): CommandOutcome {
  const wrong = badTag(session.words);
  if (wrong !== undefined) return wrong;
  const wanted = optionValue(session.words, '--activate');
  const lines = session.words.operands.flatMap((word) => {
    const { group, lv } = volumeNamed(session, word);
    if (isGiven(session.words, '--refresh')) {
      resize(session.call.root, group, lv);
      session.call.step();
      return [];
    }
    if (wanted !== undefined) return setActive(session, group, lv, wanted.includes('y'));
    const changed = { ...lv, tags: changedTags(lv.tags, session.words) };
    commit(session, { ...group, lvs: group.lvs.map((one) => (one === lv ? changed : one)) });
    return [`Logical volume ${group.name}/${lv.name} changed.`];
  });
  return success(...lines);
}

function setActive({ call, scan }: Session, group: Group, lv: GroupLv, on: boolean): string[] {
  const full = `${group.name}/${lv.name}`;
  if (on && missingPvs(scan, group).length > 0) {
    throw new LvmFailure(
      `Refusing activation of partial LV ${full}.  Use '--activationmode partial' to override.`,
    );
  }
  if (on) activate(call.root, scan, group, lv);
  else {
    refuseOpen(call.root, group, lv);
    deactivate(call.root, group, lv);
  }
  call.step();
  return [];
}

function refuseOpen(root: Session['call']['root'], group: Group, lv: GroupLv): void {
  const volume = mappedVolume(root, group, lv);
  if (volume !== undefined && isOpen(root, volume)) {
    throw new LvmFailure(`Logical volume ${group.name}/${lv.name} contains a filesystem in use.`);
  }
}

export function lvremove(session: Session): CommandOutcome {
  const { words, call } = session;
  const sure = isGiven(words, '--yes') || isGiven(words, '--force');
  const lines = words.operands.map((word) => {
    const { group, lv } = volumeNamed(session, word);
    refuseOpen(call.root, group, lv);
    const full = `${group.name}/${lv.name}`;
    if (!sure && mappedVolume(call.root, group, lv) !== undefined) throw new NotRemoved(full);
    removeVolume(session, group, lv);
    commit(session, { ...group, lvs: group.lvs.filter((one) => one !== lv) });
    return `Logical volume "${lv.name}" successfully removed.`;
  });
  return success(...lines);
}

/**
 * Makes a volume larger. Here it stays one piece: where there is no room behind it
 * it lies somewhere else from then on, as its bytes are its own.
 */
export function lvextend(session: Session): CommandOutcome {
  const { words, call } = session;
  const asked = optionValue(words, '--size') ?? '';
  const added = asked.startsWith('+');
  const bytes = bytesOf(added ? asked.slice(1) : asked);
  const [word = ''] = words.operands;
  if (bytes === undefined) return badLine('Please specify either size or extents');
  const { group, lv } = volumeNamed(session, word);
  const full = `${group.name}/${lv.name}`;
  const whole = Math.ceil(bytes / (group.extentSectors * 512));
  const extents = added ? lv.extents + whole : whole;
  if (extents < lv.extents)
    throw new LvmFailure(
      `New size given (${extents} extents) not larger than existing size (${lv.extents} extents)`,
    );
  if (extents === lv.extents)
    throw new LvmFailure(
      'No size change.',
      `New size (${extents} extents) matches existing size (${lv.extents} extents).`,
    );
  const others = { ...group, lvs: group.lvs.filter((one) => one !== lv) };
  const usable = group.pvs.filter((pv) => diskOf(session.scan, pv) !== undefined);
  const free = usable.reduce((sum, pv) => sum + freeExtents(group, pv), 0);
  if (extents - lv.extents > free)
    throw new LvmFailure(
      `Insufficient free space: ${extents - lv.extents} extents needed, but only ${free} available`,
    );
  const wanted = { name: lv.name, extents, approximate: false, stripes: lv.stripes.length };
  const { stripes } = allocate(others, usable, wanted);
  const grown = { ...lv, extents, stripes };
  commit(session, { ...group, lvs: group.lvs.map((one) => (one === lv ? grown : one)) });
  resize(call.root, group, grown);
  call.step();
  return success(
    `Size of logical volume ${full} changed from ${shown(group, lv.extents)} to ${shown(group, extents)}.`,
    `Logical volume ${full} successfully resized.`,
  );
}

/** `64.00 MiB (16 extents)` */
function shown({ extentSectors }: Group, extents: number): string {
  const mib = (extents * extentSectors) / 2048;
  return `${mib < 1024 ? `${mib.toFixed(2)} MiB` : `${(mib / 1024).toFixed(2)} GiB`} (${extents} extents)`;
}

function badLine(why: string): CommandOutcome {
  return { code: BAD_LINE, stderr: `  ${why}\n  Run \`lvextend --help' for more information.\n` };
}

class NotRemoved extends LvmFailure {
  constructor(full: string) {
    super();
    const question = `Do you really want to remove active logical volume ${full}? [y/n]: [n]\n`;
    Object.assign(this.outcome, {
      code: FAILED,
      stderr: `${question}  Logical volume ${full} not removed.\n`,
    });
  }
}

/** Takes away the device and the bytes of a volume; its group is written by whoever removes it. */
export function removeVolume({ call }: Session, group: Group, lv: GroupLv): void {
  refuseOpen(call.root, group, lv);
  deactivate(call.root, group, lv);
  forgetBytes(call.root, group, lv);
}
