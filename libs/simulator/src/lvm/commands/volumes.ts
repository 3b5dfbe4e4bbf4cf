import type { CommandOutcome } from '../../commands/command.ts';
import { isGiven, optionValue } from '../../commands/options.ts';
import { activate, deactivate, forgetBytes, isOpen, mappedVolume } from '../active-volumes.ts';
import type { Group, GroupLv } from '../group.ts';
import { missingPvs } from '../scan.ts';
import {
  badTag,
  changedTags,
  commit,
  FAILED,
  LvmFailure,
  type Session,
  success,
  volumeNamed,
} from '../session.ts';

export function lvchange(session: Session): CommandOutcome {
  const wrong = badTag(session.words);
  if (wrong !== undefined) return wrong;
  const wanted = optionValue(session.words, '--activate');
  const lines = session.words.operands.flatMap((word) => {
    const { group, lv } = volumeNamed(session, word);
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
