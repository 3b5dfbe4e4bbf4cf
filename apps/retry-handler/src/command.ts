import { posix } from 'node:path';
import type { HostRoot } from '@rackwright/host';

/** How cxi_rh is called. */
export interface CommandOptions {
  readonly root: HostRoot;
  /** Host path of cxi_rh. */
  readonly program: string;
  /** Host path of its configuration; empty for its own default. */
  readonly conf: string;
  /**
   * File of the host's mount namespace: cxi_rh runs in it, so that it finds its
   * libraries, its configuration, /dev and /run/cxi as on the host. Undefined
   * when this process sees the host like that anyway.
   */
  readonly mountNamespace: string | undefined;
  /** Where the host tree lies in that namespace: `/`, but for a simulated host below a folder of the node. */
  readonly nodeRoot: string;
}

/** What follows the program: only the name of the device, a /dev path is refused by cxi_rh. */
export function handlerArguments(device: string, conf: string): string[] {
  return [`--device=${device}`, '--log-stdout', ...(conf === '' ? [] : [`--conf=${conf}`])];
}

/** The whole command line for one NIC. */
export function handlerCommand(device: string, options: CommandOptions): [string, ...string[]] {
  const { root, program, mountNamespace } = options;
  const words = handlerArguments(device, handlerConf(options));
  if (mountNamespace === undefined) return [root.path(program), ...words];
  return ['nsenter', `--mount=${mountNamespace}`, '--', onNode(program, options), ...words];
}

/** The configuration file as cxi_rh is told of it; empty for its own default. */
export function handlerConf(options: CommandOptions): string {
  const { conf, mountNamespace } = options;
  return conf === '' || mountNamespace === undefined ? conf : onNode(conf, options);
}

function onNode(hostPath: string, { nodeRoot }: CommandOptions): string {
  return posix.join(nodeRoot, hostPath);
}

/** A host path, given as such or as the container sees it, below `hostRoot`. */
export function hostPath(path: string, hostRoot: string): string {
  const prefix = hostRoot.replace(/\/+$/, '');
  return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/**
 * Whether a process was started by such a command. What comes before the
 * arguments may have changed: nsenter replaces itself, scripts add their
 * interpreter.
 */
export function isHandlerOf(commandLine: readonly string[], device: string, conf: string): boolean {
  const wanted = handlerArguments(device, conf);
  const last = commandLine.slice(-wanted.length);
  return commandLine.length > wanted.length && wanted.every((word, i) => word === last[i]);
}
