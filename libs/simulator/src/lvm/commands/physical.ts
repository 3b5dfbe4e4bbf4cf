import type { CommandOutcome } from '../../commands/command.ts';
import { isGiven, optionValue } from '../../commands/options.ts';
import { diskAtPath, type HostDisk, writeDisk } from '../../disks/host-disk.ts';
import { signaturesOf } from '../../disks/signatures.ts';
import { isMounted } from '../../file-systems/mounted.ts';
import { dashed } from '../label.ts';
import { groupOf, wipePv, writePv } from '../scan.ts';
import { BAD_LINE, FAILED, LvmFailure, newId, type Session, success } from '../session.ts';

const LEAST_BYTES = 2 * 2 ** 20;

/** Makes physical volumes. */
export function pvcreate(session: Session): CommandOutcome {
  const { words } = session;
  const asked = optionValue(words, '--uuid');
  if (asked !== undefined) {
    if (!isGiven(words, '--norestorefile')) return badLine('--restorefile is required with --uuid');
    if (!/^[\da-z]{32}$/i.test(asked.replaceAll('-', '')))
      return badLine("Couldn't read uuid: incorrect number of characters.");
    if (words.operands.length > 1) return badLine('Can only set uuid on one volume at once');
  }
  if (words.operands.length === 0) return badLine('Please enter a physical volume path.');
  const uuid = asked === undefined ? undefined : dashed(asked.replaceAll('-', ''));
  for (const path of words.operands) checkUuid(session, path, uuid);
  return success(...words.operands.map((path) => made(initialize(session, path, uuid))));
}

function badLine(why: string): CommandOutcome {
  return { code: BAD_LINE, stderr: `  ${why}\n  Run \`pvcreate --help' for more information.\n` };
}

function checkUuid({ scan, call }: Session, path: string, uuid: string | undefined): void {
  const own = diskAtPath(call.root, call.hostPath(path));
  const other = scan.pvs.find(({ label, disk }) => label.uuid === uuid && disk.path !== own?.path);
  if (other !== undefined) throw new LvmFailure(`UUID ${uuid} already in use on "${other.disk.path}".`);
}

function made({ path }: HostDisk): string {
  return `Physical volume "${path}" successfully created.`;
}

/** Makes one disk a physical volume that is in no group. */
export function initialize(session: Session, path: string, uuid?: string): HostDisk {
  const { call } = session;
  const disk = deviceAt(session, path);
  refuseInUse(session, disk);
  wipeOthers(session, disk);
  writePv(call.root, disk, { uuid: uuid ?? newId(), deviceBytes: disk.bytes, metadata: undefined });
  call.step();
  return disk;
}

/** @throws LvmFailure if there is no such device */
export function deviceAt({ call }: Session, path: string): HostDisk {
  const disk = diskAtPath(call.root, call.hostPath(path));
  if (disk?.device === undefined) throw new LvmFailure(`No device found for ${path}.`);
  return disk;
}

function refuseInUse({ call, scan }: Session, disk: HostDisk): void {
  const { path } = disk;
  const found = scan.pvs.find((one) => one.disk.path === path);
  const group = found && groupOf(scan, found);
  if (group !== undefined) {
    throw new LvmFailure(
      `Can't initialize physical volume "${path}" of volume group "${group.name}" without -ff`,
      `${path}: physical volume not initialized.`,
    );
  }
  if (disk.hasPartitions) throw new LvmFailure(`Cannot use ${path}: device is partitioned`);
  if (disk.readOnly) throw new LvmFailure(`Cannot use ${path}: device is read-only`);
  if (disk.bytes < LEAST_BYTES) throw new LvmFailure(`Cannot use ${path}: device is too small (pv_min_size)`);
  if (isMounted(call.root, disk)) {
    const busy = `Can't open ${path} exclusively.  Mounted filesystem?`;
    const unread = `Error opening device ${path} for reading at 0 length 4096.`;
    throw new LvmFailure(busy, busy, unread, `Cannot use ${path}: device has a signature`);
  }
}

/** Signatures of others are wiped only if somebody said yes. */
function wipeOthers({ call, words }: Session, disk: HostDisk): void {
  for (const { type, offset, magic } of signaturesOf(call.root, disk)) {
    if (type === 'LVM2_member') continue;
    if (!isGiven(words, '--yes')) throw new SignatureLeft(type, disk.path, offset);
    writeDisk(call.root, disk, offset, Buffer.alloc(magic.length));
    call.step();
  }
}

class SignatureLeft extends LvmFailure {
  constructor(type: string, path: string, offset: number) {
    super();
    const question = `WARNING: ${type} signature detected on ${path} at offset ${offset}. Wipe it? [y/n]: [n]\n`;
    const answer = `  Aborted wiping of ${type}.\n  1 existing signature left on the device.\n`;
    Object.assign(this.outcome, { code: FAILED, stderr: `${question}${answer}` });
  }
}

/** Takes labels off disks that are in no group. */
export function pvremove(session: Session): CommandOutcome {
  const { call, scan, words } = session;
  const lines = words.operands.map((path) => {
    const disk = deviceAt(session, path);
    const found = scan.pvs.find((one) => one.disk.path === disk.path);
    if (found === undefined) throw new LvmFailure(`No PV found on device ${path}.`);
    const group = groupOf(scan, found);
    if (group !== undefined) {
      throw new LvmFailure(
        `PV ${path} is used by VG ${group.name} so please use vgreduce first.`,
        '(If you are certain you need pvremove, then confirm by using --force twice.)',
        `${path}: physical volume label not removed.`,
      );
    }
    wipePv(call.root, disk);
    call.step();
    return `Labels on physical volume "${path}" successfully wiped.`;
  });
  return success(...lines);
}
