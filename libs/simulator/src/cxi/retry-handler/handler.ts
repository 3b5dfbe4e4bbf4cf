import { readFileSync, statSync } from 'node:fs';
import { type Clock, errorMessage } from '@rackwright/core';
import { type HandlerArgs, parseHandlerArgs, type Refusal } from './args.ts';
import { type HandlerBehaviour, readBehaviour } from './behaviour.ts';
import { type HandlerConfig, loadHandlerConfig } from './config.ts';
import { present, Registration } from './kernel.ts';
import { type HandlerPaths, handlerPaths } from './paths.ts';
import { StatsFiles } from './stats.ts';

/** How often the double looks whether its NIC is still there, in milliseconds. */
const LOOK_MS = 250;
/** How many looks pass between two changes of the counters. */
const LOOKS_PER_STEP = 8;

export interface HandlerProcess {
  readonly argv: readonly string[];
  readonly simRoot: string;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

/** One running double of cxi_rh. */
export class RetryHandlerDouble {
  readonly #process: HandlerProcess;
  readonly #log: (line: string) => void;
  readonly #paths: HandlerPaths;
  readonly #registration: Registration;
  readonly #stats: StatsFiles;
  readonly #behaviour: HandlerBehaviour;
  #mounted = false;
  #ending = false;

  /** Starts the handler, or prints why not and ends the process with 1. */
  static start(process: HandlerProcess): RetryHandlerDouble | undefined {
    const refuse = ({ refused }: Refusal): undefined => {
      process.printError(`cxi_rh: ${refused}`);
      process.exit(1);
    };
    const args = parseHandlerArgs(process.argv);
    if ('refused' in args) return refuse(args);
    const config = loadHandlerConfig(hostFile(process.simRoot, args.configFile));
    if ('refused' in config) return refuse(config);
    const paths = handlerPaths(process.simRoot, args.device);
    const behaviour = readBehaviour(paths.behaviour);
    const problem = behaviour.refuse ?? deviceProblem(paths, args.device);
    if (problem !== undefined) return refuse({ refused: problem });
    const statsFolder = `${absolute(config.statsDir)}/${args.device}`;
    try {
      const registration = Registration.register(paths, statsFolder);
      const stats = new StatsFiles(process.simRoot + statsFolder, paths.scratch);
      return new RetryHandlerDouble(process, { args, config, paths, behaviour, registration, stats });
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      return refuse({ refused: `${args.device}: ${exists ? 'File exists' : errorMessage(error)}` });
    }
  }

  private constructor(
    process: HandlerProcess,
    parts: {
      args: HandlerArgs;
      config: HandlerConfig;
      paths: HandlerPaths;
      behaviour: HandlerBehaviour;
      registration: Registration;
      stats: StatsFiles;
    },
  ) {
    this.#process = process;
    this.#paths = parts.paths;
    this.#registration = parts.registration;
    this.#stats = parts.stats;
    this.#behaviour = parts.behaviour;
    const { device, logToStdout, configFile } = parts.args;
    this.#log = logToStdout ? (line) => process.print(`cxi_rh[${device}]: ${line}`) : () => undefined;
    this.#mountStats(parts.config, configFile);
    this.#log('retry handler running');
    this.#look(1);
    const { crashAfterMs } = parts.behaviour;
    if (crashAfterMs !== undefined) process.clock.timer(crashAfterMs, () => this.#crash('told to crash'));
  }

  /** SIGTERM and SIGINT: hand the NIC back and exit 0. */
  async stop(): Promise<void> {
    if (this.#ending || this.#behaviour.ignoreTerm === true) return;
    this.#ending = true;
    this.#log('stopping');
    if (this.#mounted) this.#stats.unmount();
    await this.#registration.release();
    this.#process.exit(0);
  }

  /** SIGHUP: state to the log. */
  dump(): void {
    for (const line of this.#stats.dump()) this.#log(line);
  }

  #mountStats(config: HandlerConfig, configFile: string): void {
    try {
      const nid = Number(readFileSync(`${this.#paths.device}/properties/nid`, 'utf8').trim());
      this.#stats.mount(nid, config, configFile);
      this.#mounted = true;
    } catch (error) {
      this.#log(`stats are not mounted: ${errorMessage(error)}`);
    }
  }

  #look(count: number): void {
    this.#process.clock.timer(LOOK_MS, () => {
      if (this.#ending) return;
      if (!present(this.#paths.device)) return this.#crash('the device is gone');
      if (this.#mounted && count % LOOKS_PER_STEP === 0) this.#step(count / LOOKS_PER_STEP);
      this.#look(count + 1);
    });
  }

  #step(count: number): void {
    try {
      this.#stats.step(count);
    } catch (error) {
      this.#mounted = false;
      this.#log(`stats are gone: ${errorMessage(error)}`);
    }
  }

  /** The real one exits 1 on anything it did not expect and leaves the rest to the kernel, but for its mount. */
  #crash(reason: string): void {
    this.#ending = true;
    this.#log(reason);
    if (this.#mounted) this.#stats.unmount();
    this.#process.exit(1);
  }
}

function deviceProblem(paths: HandlerPaths, device: string): string | undefined {
  if (!present(paths.device) || !present(paths.node))
    return `Failed to open ${device}: No such file or directory`;
  const bar = statSync(`${paths.device}/resource0`, { throwIfNoEntry: false });
  if (present(`${paths.device}/physfn`) || (bar?.size ?? 0) < 2 ** 31)
    return `${device} is a virtual function`;
  return undefined;
}

/** A file the simulated host holds; a path that leads into the host already is taken as it is. */
function hostFile(simRoot: string, path: string): string {
  return path.startsWith(`${simRoot}/`) ? path : simRoot + absolute(path);
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
