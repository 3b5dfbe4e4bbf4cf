import { basename } from 'node:path';
import {
  type CommandCall,
  type CommandOutcome,
  type HostCommand,
  unknownWords,
} from '../commands/command.ts';
import {
  badWord,
  isBad,
  isGiven,
  type OptionSpec,
  type ParsedWords,
  parseWords,
} from '../commands/options.ts';
import { diskAtPath, type HostDisk, writeDisk } from '../disks/host-disk.ts';
import { type DiskSignature, signaturesOf } from '../disks/signatures.ts';
import { isHeld, isMounted } from './mounted.ts';

const options: readonly OptionSpec[] = [
  { names: ['--all', '-a'] },
  { names: ['--force', '-f'] },
  { names: ['--json', '-J'] },
  { names: ['--no-act', '-n'] },
  { names: ['--noheadings', '-i'] },
];

/** wipefs(8) of util-linux 2.38, for one device. */
export const wipefs: HostCommand = {
  name: 'wipefs',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, options);
    if (isBad(words)) return badWord('wipefs', words, "Try 'wipefs --help' for more information.\n");
    const [path, ...more] = words.operands;
    if (path === undefined)
      return { code: 1, stderr: "wipefs: no device specified\nTry 'wipefs --help' for more information.\n" };
    if (more.length > 0) return unknownWords('wipefs', more.join(' '));
    const disk = diskAtPath(call.root, call.hostPath(path));
    if (disk === undefined) {
      return {
        code: 1,
        stderr: `wipefs: error: ${path}: probing initialization failed: No such file or directory\n`,
      };
    }
    if (isGiven(words, '--all')) return erase(call, path, disk, words);
    const found = signaturesOf(call.root, disk);
    if (isGiven(words, '--json')) return { code: 0, stdout: json(basename(path), found) };
    return { code: 0, stdout: found.length === 0 ? '' : table(basename(path), found) };
  },
};

function json(device: string, found: readonly DiskSignature[]): string {
  const text = (value: string | undefined): string => (value === undefined ? 'null' : JSON.stringify(value));
  const rows = found.map(({ offset, type, usage, uuid, label }) =>
    [
      '      {',
      `         "device": ${text(device)},`,
      `         "offset": "0x${offset.toString(16)}",`,
      `         "type": ${text(type)},`,
      `         "uuid": ${text(usage === 'table' ? undefined : uuid)},`,
      `         "label": ${text(label)}`,
      '      }',
    ].join('\n'),
  );
  return `{\n   "signatures": [\n${rows.join(',').replaceAll(',      {', ',{')}\n   ]\n}\n`;
}

function table(device: string, found: readonly DiskSignature[]): string {
  const rows = found.map(({ offset, type, usage, uuid = '', label = '' }) => [
    device,
    `0x${offset.toString(16)}`,
    type,
    usage === 'table' ? '' : uuid,
    label,
  ]);
  const all = [['DEVICE', 'OFFSET', 'TYPE', 'UUID', 'LABEL'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')}\n`).join('');
}

function erase(call: CommandCall, path: string, disk: HostDisk, words: ParsedWords): CommandOutcome {
  const noAct = isGiven(words, '--no-act');
  if (!noAct && !isGiven(words, '--force') && (isMounted(call.root, disk) || isHeld(call.root, disk))) {
    return {
      code: 1,
      stderr: `wipefs: error: ${path}: probing initialization failed: Device or resource busy\n`,
    };
  }
  const lines = signaturesOf(call.root, disk).map(({ offset, magic, type }) => {
    if (!noAct) writeDisk(call.root, disk, offset, Buffer.alloc(magic.length));
    call.step();
    const bytes = [...magic].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const place = `0x${offset.toString(16).padStart(8, '0')}`;
    return `${path}: ${magic.length} bytes were erased at offset ${place} (${type}): ${bytes}\n`;
  });
  return { code: 0, stdout: lines.join('') };
}
