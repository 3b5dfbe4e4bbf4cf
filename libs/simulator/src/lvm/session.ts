import { randomBytes } from 'node:crypto';
import { systemClock } from '@rackwright/core';
import type { CommandCall, CommandOutcome } from '../commands/command.ts';
import type { ParsedWords } from '../commands/options.ts';
import type { Group, GroupLv } from './group.ts';
import { dashed } from './label.ts';
import { missingPvs, type Scan, scanDisks, writeGroup } from './scan.ts';

/** One run of a command of LVM. */
export interface Session {
  readonly call: CommandCall;
  /** Name of the command, e.g. `pvcreate`. */
  readonly command: string;
  readonly words: ParsedWords;
  readonly scan: Scan;
}

/** LVM's exit codes: for a command line that is no good, and for what failed. */
export const BAD_LINE = 3;
export const FAILED = 5;

/** What LVM says when something fails; every line is set in by two blanks. */
export function failure(...lines: readonly string[]): CommandOutcome {
  return { code: FAILED, stderr: lines.map((line) => `  ${line}\n`).join('') };
}

export function success(...lines: readonly string[]): CommandOutcome {
  return { code: 0, stdout: lines.map((line) => `  ${line}\n`).join('') };
}

/** Thrown where a command ends early. */
export class LvmFailure extends Error {
  override readonly name = 'LvmFailure';
  readonly outcome: CommandOutcome;

  constructor(...lines: readonly string[]) {
    super(lines.join(' '));
    this.outcome = failure(...lines);
  }
}

/** A group by its name. */
export function groupNamed({ scan }: Session, name: string): Group {
  const found = scan.groups.find((group) => group.name === name);
  if (found !== undefined) return found;
  throw new LvmFailure(`Volume group "${name}" not found`, `Cannot process volume group ${name}`);
}

/** A volume by `group/volume`, or by its path in /dev. */
export function volumeNamed(session: Session, word: string): { readonly group: Group; readonly lv: GroupLv } {
  const [groupName = '', lvName = ''] = word.replace(/^\/dev\//, '').split('/');
  const group = groupNamed(session, groupName);
  const lv = group.lvs.find(({ name }) => name === lvName);
  if (lv === undefined) throw new LvmFailure(`Failed to find logical volume "${groupName}/${lvName}"`);
  return { group, lv };
}

/** Writes the next version of a group. */
export function commit({ call, scan }: Session, group: Group): void {
  writeGroup(call.root, scan, group, nowSeconds());
  call.step();
}

export function nowSeconds(): number {
  return Math.floor(systemClock.now() / 1000);
}

/** What is on the disks by now. */
export function rescanned(session: Session): Session {
  return { ...session, scan: scanDisks(session.call.root) };
}

/** What every command says of disks that are not there, or there twice. */
export function warnings(scan: Scan): string {
  const missing = scan.groups.flatMap((group) =>
    missingPvs(scan, group).flatMap(({ id, device }) => [
      `WARNING: Couldn't find device with uuid ${id}.`,
      `WARNING: VG ${group.name} is missing PV ${id} (last written to ${device}).`,
    ]),
  );
  const twice = scan.duplicates.flatMap(({ disk, label }) => {
    const first = scan.pvs.find((one) => one.label.uuid === label.uuid);
    return [
      `WARNING: Not using device ${disk.path} for PV ${label.uuid}.`,
      `WARNING: PV ${label.uuid} prefers device ${first?.disk.path} because device was seen first.`,
    ];
  });
  return [...missing, ...twice].map((line) => `  ${line}\n`).join('');
}

const characters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** An identifier nobody had before. */
export function newId(): string {
  return dashed([...randomBytes(32)].map((byte) => characters[byte % characters.length]).join(''));
}

const tagForm = /^[\w+.][\w+.\-/=!:&#]*$/;

/**
 * Tags after those that are added and those that are taken away; a tag that is
 * there is not added again.
 */
export function changedTags(tags: readonly string[], { options }: ParsedWords): string[] {
  const gone = options.get('--deltag') ?? [];
  const come = (options.get('--addtag') ?? []).map((tag) => tag.replace(/^@/, ''));
  return [...new Set([...tags.filter((tag) => !gone.includes(tag)), ...come])].sort();
}

/** What LVM says of a tag that cannot be one. */
export function badTag({ options }: ParsedWords): CommandOutcome | undefined {
  for (const name of ['--addtag', '--deltag']) {
    const bad = (options.get(name) ?? []).find((tag) => !tagForm.test(tag.replace(/^@/, '')));
    if (bad !== undefined) {
      const lines = [`Invalid argument for ${name}: ${bad}`, 'Error during parsing of command line.'];
      return { code: BAD_LINE, stderr: lines.map((line) => `  ${line}\n`).join('') };
    }
  }
  return undefined;
}
