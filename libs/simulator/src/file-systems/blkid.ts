import { type CommandOutcome, type HostCommand, unknownWords } from '../commands/command.ts';
import { badWord, isBad, isGiven, type OptionSpec, optionValue, parseWords } from '../commands/options.ts';
import { diskAtPath } from '../disks/host-disk.ts';
import { type DiskSignature, signaturesOf } from '../disks/signatures.ts';

const options: readonly OptionSpec[] = [
  { names: ['--probe', '-p'] },
  { names: ['--output', '-o'], takes: true },
  { names: ['--match-tag', '-s'], takes: true },
];

const NOTHING = 2;
const AMBIVALENT = 8;

/** blkid(8) of util-linux 2.38, for one device. */
export const blkid: HostCommand = {
  name: 'blkid',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, options);
    if (isBad(words)) return badWord('blkid', words, "Try 'blkid --help' for more information.\n");
    const format = optionValue(words, '--output') ?? 'full';
    const [path, ...more] = words.operands;
    if (path === undefined || more.length > 0) return unknownWords('blkid', words.operands.join(' '));
    if (!['full', 'export', 'value', 'udev'].includes(format) || format === 'udev') {
      return unknownWords('blkid', `--output ${format}`);
    }
    const disk = diskAtPath(call.root, call.hostPath(path));
    if (disk === undefined) return { code: NOTHING };
    const found = signaturesOf(call.root, disk);
    if (contradict(found)) return ambivalent(path);
    const tags = tagsOf(found, isGiven(words, '--probe'));
    if (tags.length === 0) return { code: NOTHING };
    const asked = words.options.get('--match-tag');
    return {
      code: 0,
      stdout: printed(path, format, asked ? tags.filter(([name]) => asked.includes(name)) : tags),
    };
  },
};

/** File systems and the like contradict each other; a partition table and its protection do not. */
function contradict(found: readonly DiskSignature[]): boolean {
  return found.filter(({ usage }) => usage !== 'table').length > 1;
}

function ambivalent(path: string): CommandOutcome {
  const why =
    'ambivalent result (probably more filesystems on the device, use wipefs(8) to see more details)';
  return { code: AMBIVALENT, stderr: `blkid: ${path}: ${why}\n` };
}

type Tag = readonly [name: string, value: string];

/** In the order of the real one: a partition table may be beside a file system. */
function tagsOf(found: readonly DiskSignature[], probe: boolean): Tag[] {
  const tables = ['gpt', 'dos', 'PMBR'];
  const table = tables.map((type) => found.find((one) => one.type === type)).find((one) => one !== undefined);
  const content = found.find(({ usage }) => usage !== 'table');
  return [
    ...(content === undefined ? [] : contentTags(content, probe)),
    ...(table === undefined ? [] : [...tag('PTUUID', table.uuid), ...tag('PTTYPE', table.type)]),
  ];
}

function contentTags({ type, usage, uuid, label, version, blockSize }: DiskSignature, probe: boolean): Tag[] {
  return [
    ...tag('LABEL', label),
    ...tag('UUID', uuid),
    ...(probe ? tag('VERSION', version) : []),
    ...tag('BLOCK_SIZE', blockSize),
    ...tag('TYPE', type),
    ...(probe ? tag('USAGE', usage) : []),
  ];
}

function tag(name: string, value: string | number | undefined): Tag[] {
  return value === undefined ? [] : [[name, `${value}`]];
}

function printed(path: string, format: string, tags: readonly Tag[]): string {
  switch (format) {
    case 'value':
      return tags.map(([, value]) => `${value}\n`).join('');
    case 'export':
      return [['DEVNAME', path], ...tags].map(([name, value]) => `${name}=${escaped(`${value}`)}\n`).join('');
    default:
      return `${path}: ${tags.map(([name, value]) => `${name}="${value}"`).join(' ')}\n`;
  }
}

/** As for a shell. */
function escaped(text: string): string {
  return text.replaceAll(/[ "'`$\\]/g, (character) => `\\${character}`);
}
