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
import { EXT4_OFFSET, ext4Counts, ext4Superblock } from './ext4.ts';
import { isHeld, isMounted } from './mounted.ts';

const options: readonly OptionSpec[] = [
  { names: ['-q'] },
  { names: ['-F'] },
  ...['-b', '-U', '-E', '-L', '-m'].map((name) => ({ names: [name] as const, takes: true })),
];

const WIPED = 68 * 1024;
const uuidForm = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * mkfs.ext4(8) of e2fsprogs 1.47. Where nobody can be asked, it overwrites
 * whatever is there, LVM's and others' signatures too, with or without `-F`.
 */
export const mkfsExt4: HostCommand = {
  name: 'mkfs.ext4',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, options);
    if (isBad(words))
      return badWord('mkfs.ext4', words, 'Usage: mkfs.ext4 [-c|-l filename] [-b block-size] …\n');
    const [path, ...more] = words.operands;
    if (path === undefined)
      return { code: 1, stderr: 'Usage: mkfs.ext4 [-c|-l filename] [-b block-size] …\n' };
    if (more.length > 0) return unknownWords('mkfs.ext4', more.join(' '));
    if ((optionValue(words, '-b') ?? '4096') !== '4096')
      return unknownWords('mkfs.ext4', `-b ${optionValue(words, '-b')}`);
    const disk = diskAtPath(call.root, call.hostPath(path));
    if (disk === undefined) {
      return { code: 1, stderr: `The file ${path} does not exist and no size was specified.\n` };
    }
    return make(call, path, disk, words);
  },
};

function make(call: CommandCall, path: string, disk: HostDisk, words: ParsedWords): CommandOutcome {
  const uuid = optionValue(words, '-U') ?? randomUUID();
  if (!uuidForm.test(uuid)) return { code: 1, stderr: `${path}: could not parse UUID: ${uuid}\n\n` };
  if (isMounted(call.root, disk)) {
    return { code: 1, stderr: `${path} is mounted; will not make a filesystem here!\n` };
  }
  if (isHeld(call.root, disk)) {
    const why = 'is apparently in use by the system; will not make a filesystem here!';
    return { code: 1, stderr: `${path} ${why}\n` };
  }
  if (disk.readOnly)
    return { code: 1, stderr: `${path}: Read-only file system while setting up superblock\n` };
  const geometry = geometryOf(optionValue(words, '-E'));
  if ('code' in geometry) return geometry;
  writeDisk(call.root, disk, 0, Buffer.alloc(WIPED));
  call.step();
  const label = optionValue(words, '-L') ?? '';
  writeDisk(call.root, disk, EXT4_OFFSET, ext4Superblock({ bytes: disk.bytes, uuid, label, ...geometry }));
  call.step();
  return isGiven(words, '-q')
    ? { code: 0 }
    : { code: 0, stdout: report(disk, uuid), stderr: 'mke2fs 1.47.0 (5-Feb-2023)\n' };
}

/** `stride=32,stripe_width=64`; a simulated disk discards nothing, whether asked to or not. */
function geometryOf(text: string | undefined): { stride: number; stripeWidth: number } | CommandOutcome {
  const geometry = { stride: 0, stripeWidth: 0 };
  for (const part of text === undefined ? [] : text.split(',')) {
    const [name, value] = part.split('=');
    if (name === 'stride') geometry.stride = Number(value);
    else if (name === 'stripe_width' || name === 'stripe-width') geometry.stripeWidth = Number(value);
    else if (name !== 'nodiscard') return { code: 1, stderr: `\nBad option(s) specified: ${name}\n` };
  }
  return geometry;
}

function report({ bytes }: HostDisk, uuid: string): string {
  const { blocks, inodes } = ext4Counts(bytes);
  return `Creating filesystem with ${blocks} 4k blocks and ${inodes} inodes\nFilesystem UUID: ${uuid}\n`;
}
