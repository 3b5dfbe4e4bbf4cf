import type { HostRoot } from '@rackwright/host';

/** How cxi_rh is called. */
export interface CommandOptions {
  readonly root: HostRoot;
  /** Host path of cxi_rh. */
  readonly program: string;
  /** Host path of its configuration; empty for its own default. */
  readonly conf: string;
  /**
   * Run it with the host root as its `/`, so that it finds its libraries, its
   * configuration and /run/cxi where they are on the host.
   */
  readonly chroot: boolean;
}

/** What follows the program: only the name of the device, a /dev path is refused by cxi_rh. */
export function handlerArguments(device: string, conf: string): string[] {
  return [`--device=${device}`, '--log-stdout', ...(conf === '' ? [] : [`--conf=${conf}`])];
}

/** The whole command line for one NIC. */
export function handlerCommand(device: string, options: CommandOptions): [string, ...string[]] {
  const { root, program, conf, chroot } = options;
  const words = handlerArguments(device, conf);
  return chroot ? ['chroot', root.prefix, program, ...words] : [root.path(program), ...words];
}

/**
 * Whether a process was started by such a command. What comes before the
 * arguments may have changed: chroot replaces itself, scripts add their
 * interpreter.
 */
export function isHandlerOf(commandLine: readonly string[], device: string, conf: string): boolean {
  const wanted = handlerArguments(device, conf);
  const last = commandLine.slice(-wanted.length);
  return commandLine.length > wanted.length && wanted.every((word, i) => word === last[i]);
}
