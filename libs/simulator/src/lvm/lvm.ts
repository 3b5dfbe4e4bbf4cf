import type { CommandCall, CommandOutcome, HostCommand } from '../commands/command.ts';
import { badWord, isBad, type OptionSpec, parseWords } from '../commands/options.ts';
import { withLock } from '../host/lock.ts';
import { lockOf } from '../host/model.ts';
import { vgchange, vgcreate, vgextend, vgreduce, vgremove } from './commands/groups.ts';
import { lvcreate } from './commands/lvcreate.ts';
import { pvcreate, pvremove } from './commands/physical.ts';
import { lvchange, lvextend, lvremove } from './commands/volumes.ts';
import { fullreport, lvs, pvs, vgs } from './report/commands.ts';
import { reportOptions } from './report/format.ts';
import { scanDisks } from './scan.ts';
import { BAD_LINE, LvmFailure, type Session, warnings } from './session.ts';

/** One command of LVM. */
interface LvmCommand {
  readonly options: readonly OptionSpec[];
  run(session: Session): CommandOutcome;
}

const takes = (...names: [string, ...string[]]): OptionSpec => ({ names, takes: true });
const flag = (...names: [string, ...string[]]): OptionSpec => ({ names });

/** Options that every command has. */
const common: readonly OptionSpec[] = [
  takes('--config'),
  takes('--devices'),
  flag('--yes', '-y'),
  flag('--quiet', '-q'),
  flag('--verbose', '-v'),
];
const tags = [takes('--addtag'), takes('--deltag')];
const force = flag('--force', '-f');

const commands: Readonly<Record<string, LvmCommand>> = {
  pvcreate: { options: [takes('--uuid', '-u'), flag('--norestorefile'), force], run: pvcreate },
  pvremove: { options: [force], run: pvremove },
  vgcreate: { options: [...tags.slice(0, 1), force], run: vgcreate },
  vgchange: { options: [...tags, takes('--activate', '-a')], run: vgchange },
  vgextend: { options: [force], run: vgextend },
  vgreduce: { options: [flag('--removemissing'), force], run: vgreduce },
  vgremove: { options: [force], run: vgremove },
  lvcreate: {
    options: [
      ...[takes('--name', '-n'), takes('--extents', '-l'), takes('--size', '-L'), takes('--type')],
      ...[takes('--stripes', '-i'), takes('--stripesize', '-I'), takes('--activate', '-a')],
      ...[takes('--wipesignatures', '-W'), takes('--zero', '-Z'), ...tags.slice(0, 1)],
    ],
    run: lvcreate,
  },
  lvchange: { options: [...tags, takes('--activate', '-a'), flag('--refresh')], run: lvchange },
  lvextend: { options: [takes('--size', '-L')], run: lvextend },
  lvremove: { options: [force], run: lvremove },
  fullreport: { options: reportOptions, run: fullreport },
  pvs: { options: reportOptions, run: pvs },
  vgs: { options: reportOptions, run: vgs },
  lvs: { options: reportOptions, run: lvs },
};

/** lvm(8) of lvm2 2.03.16, and each of its commands by its own name. */
export const lvmCommands: readonly HostCommand[] = [
  {
    name: 'lvm',
    folder: '/usr/sbin',
    run: (call) => {
      const [name = '', ...args] = call.args;
      if (name === 'version') return { code: 0, stdout: version };
      return runCommand(name, { ...call, args });
    },
  },
  ...Object.keys(commands)
    .filter((name) => name !== 'fullreport')
    .map((name): HostCommand => ({ name, folder: '/usr/sbin', run: (call) => runCommand(name, call) })),
];

const version =
  '  LVM version:     2.03.16(2) (2022-05-18)\n  Library version: 1.02.185 (2022-05-18)\n  Driver version:  4.47.0\n';

function runCommand(name: string, call: CommandCall): CommandOutcome {
  const command = commands[name];
  if (command === undefined) return { code: 2, stderr: "  No such command.  Try 'lvm help'.\n" };
  const words = parseWords(call.args, [...command.options, ...common]);
  if (isBad(words)) return badWord(name, words, '  Error during parsing of command line.\n', BAD_LINE);
  return withLock(lockOf(call.root, 'lvm'), () => {
    const scan = scanDisks(call.root);
    const outcome = attempt(command, { call, command: name, words, scan });
    return { ...outcome, stderr: `${warnings(scan)}${outcome.stderr ?? ''}` };
  });
}

function attempt(command: LvmCommand, session: Session): CommandOutcome {
  try {
    return command.run(session);
  } catch (error) {
    if (error instanceof LvmFailure) return error.outcome;
    throw error;
  }
}
