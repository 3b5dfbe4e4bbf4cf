import { existsSync } from 'node:fs';
import { HwError, isHwError } from '@rackwright/core';
import { HostRoot, ifReadable, type ProcessRunner, type RunOptions, type RunOutcome } from '@rackwright/host';

/**
 * How programs of the host are reached: `pid1` enters the namespaces of the
 * host's first process, so that its lvm.conf, udev and mounts count; `tree` runs
 * what lies in the host's tree, where this process sees the host as it is: a
 * simulated host, or the host itself.
 */
export type ToolEntry = 'pid1' | 'tree';

/** What is needed to run programs of the host. */
export interface HostToolsOptions {
  readonly runner: ProcessRunner;
  readonly root: HostRoot;
  readonly entry: ToolEntry;
}

/** One program with its arguments. */
export type ToolCommand = readonly [tool: string, ...args: string[]];

/** Where hosts keep programs, in the order of looking. */
const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'] as const;
/** Who sees the host's first process is among its processes already: nobody has to fork to get there. */
const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--no-fork'] as const;
/** How nsenter ends if it cannot start the program; how a shell would. */
const notFound = 127;

/** Debian's names of the packages that bring the tools. */
const packages: Readonly<Record<string, string>> = {
  lvm: 'lvm2',
  blkid: 'util-linux',
  wipefs: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  losetup: 'mount',
  fallocate: 'util-linux',
  nvme: 'nvme-cli',
  ndctl: 'ndctl',
  'mkfs.xfs': 'xfsprogs',
  xfs_io: 'xfsprogs',
  xfs_growfs: 'xfsprogs',
  xfs_quota: 'xfsprogs',
  'mkfs.ext4': 'e2fsprogs',
  resize2fs: 'e2fsprogs',
};

/** A tool is missing, or ended with an exit code it should not have. */
export class ToolError extends HwError {}

/** Runs programs of the host with a fixed argument list, never through a shell. */
export class HostTools {
  readonly root: HostRoot;
  readonly entry: ToolEntry;
  readonly #options: HostToolsOptions;

  constructor(options: HostToolsOptions) {
    this.root = options.root;
    this.entry = options.entry;
    this.#options = options;
  }

  /**
   * Runs a program to its end, whatever its exit code.
   *
   * @throws HwError as `ProcessRunner.run`; NotFound names the tool and the package that brings it
   */
  async run([tool, ...args]: ToolCommand, options: RunOptions = {}): Promise<RunOutcome> {
    const outcome = await this.#options.runner
      .run(this.#command(tool, args), { env: environment, ...options })
      .catch((cause: unknown) => {
        if (isHwError(cause, 'DeadlineExceeded')) throw tooLong([tool, ...args], cause);
        throw isHwError(cause, 'Unavailable') ? stillRunning([tool, ...args], cause) : cause;
      });
    if (outcome.code === notFound) throw missing(tool);
    return outcome;
  }

  /**
   * Runs a program that must succeed; returns what it printed.
   *
   * @throws HwError FailedPrecondition with the last line it complained with
   */
  async expect(command: ToolCommand, options: RunOptions = {}): Promise<string> {
    const outcome = await this.run(command, options);
    if (outcome.code !== 0) throw failed(command, outcome);
    return outcome.stdout;
  }

  #command(tool: string, args: readonly string[]): [string, ...string[]] {
    if (this.#options.entry === 'pid1')
      return ['nsenter', '--target', '1', ...namespaces, '--', tool, ...args];
    const { root } = this;
    const found = folders
      .map((folder) => root.path(`${folder}/${tool}`))
      .find((path) => ifReadable(false, () => existsSync(path)));
    if (found === undefined) throw missing(tool);
    return [found, ...args];
  }
}

/** Nothing of the agent's own environment is a tool's business. */
const environment = { PATH: folders.join(':'), LC_ALL: 'C' };

/** The error of a tool that was given up. The runner knows only what it started, which may be nsenter. */
function tooLong(command: ToolCommand, cause: unknown): HwError {
  return new HwError('DeadlineExceeded', `${inWords(command)} did not end in time`, {
    remedy: 'see in the log of the kernel which device does not answer',
    cause,
  });
}

/** The error of a tool that is not started, for the one before it was given up and is there still. */
function stillRunning(command: ToolCommand, cause: unknown): HwError {
  return new HwError('Unavailable', `${inWords(command)} did not end in time before`, { cause });
}

/** A tool, what it was told to do, and with which devices. */
function inWords([tool, ...args]: ToolCommand): string {
  const isDevice = (word: string): boolean => word.startsWith(`${new HostRoot().dev()}/`);
  const words = [tool, ...args.filter((word, i) => isDevice(word) || (i === 0 && !word.startsWith('-')))];
  return words.join(' ');
}

/** The error of a tool that ended with an exit code it should not have. */
export function failed([tool, ...args]: ToolCommand, { code, signal, stdout, stderr }: RunOutcome): HwError {
  const end = code === null ? `was ended by ${signal}` : `exited with ${code}`;
  const said = lastLine(stderr) || lastLine(stdout);
  const words = [tool, args[0]].filter((word) => word !== undefined && !word.startsWith('-'));
  return new ToolError('FailedPrecondition', `${words.join(' ')} ${end}${said === '' ? '' : `: ${said}`}`);
}

function missing(tool: string): HwError {
  const name = packages[tool];
  return new ToolError('NotFound', `the host has no ${tool}`, {
    remedy: name === undefined ? `install ${tool} on the node` : `install ${name} on the node`,
  });
}

const maxQuoted = 240;

/** The last line with text, without usage texts, hints at them or at dmesg, and what LVM says of descriptors it inherits. */
function lastLine(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/[^\x20-\x7e]+/g, ' ').trim())
    .filter(
      (line) =>
        line !== '' && !/^(File descriptor|Run `\w+ --help'|dmesg\(1\) may have more information)/.test(line),
    );
  const usage = lines.findIndex((line) => line.startsWith('Usage:'));
  return (lines.slice(0, usage > 0 ? usage : undefined).at(-1) ?? '').slice(0, maxQuoted);
}
