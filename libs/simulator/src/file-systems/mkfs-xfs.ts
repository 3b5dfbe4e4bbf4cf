import { randomUUID } from 'node:crypto';
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
  optionValue,
  type ParsedWords,
  parseWords,
} from '../commands/options.ts';
import { diskAtPath, type HostDisk, writeDisk } from '../disks/host-disk.ts';
import { signaturesOf } from '../disks/signatures.ts';
import { isHeld, isMounted } from './mounted.ts';
import { xfsReport, xfsSuperblock } from './xfs.ts';
import { BLOCK, xfsGeometry } from './xfs-geometry.ts';

const options: readonly OptionSpec[] = [
  { names: ['-f'] },
  { names: ['-K'] },
  { names: ['-q'] },
  { names: ['-N'] },
  ...['-m', '-d', '-s', '-L', '-b'].map((name) => ({ names: [name] as const, takes: true })),
];

const SMALLEST = 300 * 2 ** 20;
/** What of an earlier signature is wiped. */
const WIPED = 128 * 1024;
const uuidForm = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** mkfs.xfs(8) of xfsprogs 6.1: superblocks of version 5 only. */
export const mkfsXfs: HostCommand = {
  name: 'mkfs.xfs',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, options);
    if (isBad(words)) return badWord('mkfs.xfs', words, `unknown option ${words.word} \nUsage: mkfs.xfs\n`);
    const [path, ...more] = words.operands;
    if (path === undefined) return usage('no device name given in argument list');
    if (more.length > 0) return unknownWords('mkfs.xfs', more.join(' '));
    const settings = settingsOf(words);
    if ('code' in settings) return settings;
    const disk = diskAtPath(call.root, call.hostPath(path));
    if (disk === undefined)
      return usage(`Error accessing specified device ${path}: No such file or directory`);
    return refusal(call, path, disk, isGiven(words, '-f')) ?? make(call, path, disk, settings, words);
  },
};

interface Settings {
  readonly uuid: string;
  readonly unit: number;
  readonly stripes: number;
  readonly sectorBytes: number | undefined;
}

function usage(why: string): CommandOutcome {
  return { code: 1, stderr: `${why}\nUsage: mkfs.xfs\n` };
}

/** `-m crc=1,uuid=…`, `-d su=128k,sw=2`, `-s size=4096`, `-b size=4096` */
function settingsOf(words: ParsedWords): Settings | CommandOutcome {
  let settings: Settings = { uuid: randomUUID(), unit: 0, stripes: 0, sectorBytes: undefined };
  for (const [option, given] of words.options) {
    if (!['-m', '-d', '-s', '-b'].includes(option)) continue;
    for (const part of given.flatMap((text) => text.split(','))) {
      const changed = withPart(settings, option, part);
      if ('code' in changed) return changed;
      settings = changed;
    }
  }
  if (settings.unit > 0 !== settings.stripes > 0)
    return usage('both data su and data sw options must be specified');
  return settings;
}

function withPart(settings: Settings, option: string, part: string): Settings | CommandOutcome {
  const [name = '', value = ''] = part.split('=');
  switch (`${option} ${name}`) {
    case '-m uuid':
      return uuidForm.test(value)
        ? { ...settings, uuid: value }
        : usage(`Invalid value ${value} for -m uuid option`);
    case '-d su':
      return { ...settings, unit: sizeOf(value) / BLOCK };
    case '-d sw':
      return { ...settings, stripes: Number(value) };
    case '-s size':
      return { ...settings, sectorBytes: sizeOf(value) };
    // How many groups there are tells nothing here.
    case '-d agcount':
      return /^\d+$/.test(value) ? settings : usage(`Invalid value ${value} for -d agcount option`);
    case '-m crc':
    case '-m reflink':
    case '-b size':
      return ['crc=1', 'reflink=0', 'reflink=1', 'size=4096', 'size=4k'].includes(part)
        ? settings
        : unknownWords('mkfs.xfs', `${option} ${part}`);
    default:
      return unknownWords('mkfs.xfs', `${option} ${part}`);
  }
}

function sizeOf(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)([kmg]?)$/.exec(text) ?? [];
  return Number(digits) * ({ k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[unit] ?? 1);
}

function refusal(
  call: CommandCall,
  path: string,
  disk: HostDisk,
  force: boolean,
): CommandOutcome | undefined {
  if (isMounted(call.root, disk)) return usage(`mkfs.xfs: ${path} contains a mounted filesystem`);
  if (isHeld(call.root, disk)) {
    return { code: 1, stderr: `mkfs.xfs: cannot open ${path}: Device or resource busy\n` };
  }
  if (disk.readOnly)
    return { code: 1, stderr: `mkfs.xfs: error opening device ${path}: Read-only file system\n` };
  if (disk.bytes < SMALLEST) return usage('Filesystem must be larger than 300MB.');
  const [first, ...others] = signaturesOf(call.root, disk);
  if (first === undefined || force) return undefined;
  const what = first.usage === 'table' ? 'a partition table' : 'an existing filesystem';
  const why =
    others.length > 0 && first.usage !== 'table'
      ? `mkfs.xfs: probe of ${path} failed, cannot detect existing filesystem.\n`
      : `mkfs.xfs: ${path} appears to contain ${what} (${first.type}).\n`;
  return { code: 1, stderr: `${why}mkfs.xfs: Use the -f option to force overwrite.\n` };
}

function make(
  call: CommandCall,
  path: string,
  disk: HostDisk,
  settings: Settings,
  words: ParsedWords,
): CommandOutcome {
  const { uuid, unit, stripes, sectorBytes = disk.physicalBlockBytes } = settings;
  const geometry = xfsGeometry(disk.bytes, sectorBytes, unit, stripes);
  const report = isGiven(words, '-q') ? '' : xfsReport(path, geometry);
  if (isGiven(words, '-N')) return { code: 0, stdout: report };
  writeDisk(call.root, disk, 0, Buffer.alloc(WIPED));
  call.step();
  writeDisk(call.root, disk, 0, xfsSuperblock(geometry, uuid, optionValue(words, '-L') ?? ''));
  call.step();
  const discarded = isGiven(words, '-q') || isGiven(words, '-K') ? '' : 'Discarding blocks...Done.\n';
  return { code: 0, stdout: `${report}${discarded}` };
}
