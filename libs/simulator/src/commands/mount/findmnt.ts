import { readState } from '../../host/model.ts';
import { type CommandCall, type HostCommand, unknownWords } from '../command.ts';
import {
  badWord,
  isBad,
  isGiven,
  type OptionSpec,
  optionValue,
  type ParsedWords,
  parseWords,
} from '../options.ts';
import { diskAt } from './file-systems.ts';
import { allOptions, atStart, mountModel, type TableMount } from './mount-table.ts';

const options: readonly OptionSpec[] = [
  { names: ['--json', '-J'] },
  { names: ['--noheadings', '-n'] },
  { names: ['--output', '-o'], takes: true },
  { names: ['--list', '-l'] },
  { names: ['--mountpoint', '-M'], takes: true },
  { names: ['--source', '-S'], takes: true },
];

const columns: Readonly<Record<string, (mount: TableMount) => string>> = {
  TARGET: ({ mountPoint }) => mountPoint,
  SOURCE: ({ source, root }) => (root === '/' ? source : `${source}[${root}]`),
  FSTYPE: ({ fsType }) => fsType,
  OPTIONS: (mount) => allOptions(mount).join(','),
  'MAJ:MIN': ({ device }) => device,
};

/** findmnt(8) of util-linux 2.38, for a disk or a mount point. */
export const findmnt: HostCommand = {
  name: 'findmnt',
  folder: '/usr/bin',
  run: (call) => {
    const words = parseWords(call.args, options);
    if (isBad(words)) return badWord('findmnt', words, "Try 'findmnt --help' for more information.\n");
    const names = (optionValue(words, '--output') ?? 'TARGET,SOURCE,FSTYPE,OPTIONS').toUpperCase().split(',');
    const unknown = names.find((name) => columns[name] === undefined);
    if (unknown !== undefined) return { code: 1, stderr: `findmnt: unknown column: ${unknown}\n` };
    const asked = optionValue(words, '--mountpoint') ?? optionValue(words, '--source') ?? words.operands[0];
    if (asked === undefined) return unknownWords('findmnt', 'a list of everything');
    const found = matching(call, words, asked);
    if (found.length === 0) return { code: 1 };
    const rows = found.map((mount) =>
      names.map((name): [string, string] => [name, columns[name]?.(mount) ?? '']),
    );
    return { code: 0, stdout: isGiven(words, '--json') ? json(rows) : text(names, rows, words) };
  },
};

function matching(call: CommandCall, words: ParsedWords, asked: string): readonly TableMount[] {
  const path = call.hostPath(asked);
  const source = diskAt(call.root, path)?.source ?? path;
  const { mounts } = readState(call.root, mountModel) ?? atStart;
  const at = isGiven(words, '--source')
    ? []
    : mounts.filter(({ mountPoint }) => mountPoint === path).slice(-1);
  const from = isGiven(words, '--mountpoint') ? [] : mounts.filter((one) => one.source === source);
  return at.length > 0 ? at : from;
}

type Rows = readonly (readonly [name: string, value: string])[][];

function json(rows: Rows): string {
  const objects = rows.map((row) =>
    row
      .map(([name, value]) => `         ${JSON.stringify(name.toLowerCase())}: ${JSON.stringify(value)}`)
      .join(',\n'),
  );
  return `{\n   "filesystems": [\n      {\n${objects.join('\n      },{\n')}\n      }\n   ]\n}\n`;
}

function text(names: readonly string[], rows: Rows, words: ParsedWords): string {
  const values = rows.map((row) => row.map(([, value]) => value));
  const all = isGiven(words, '--noheadings') ? values : [names, ...values];
  const widths = names.map((_, i) => Math.max(...[names, ...values].map((row) => row[i]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join(' ')
          .trimEnd()}\n`,
    )
    .join('');
}
