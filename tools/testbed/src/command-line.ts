import { aborted, type Clock } from '@rackwright/core';
import {
  ControlPlane,
  type ControlPlaneComponent,
  type ProgramName,
  ProgramResolver,
  programNames,
} from '@rackwright/testbed/without-nodes';

/** What the commands need from the process. */
export interface CommandLineOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Ends what runs. */
  readonly signal: AbortSignal;
  /** Results, one line at a time. */
  readonly print: (line: string) => void;
  /** What is going on, one line at a time. */
  readonly progress: (line: string) => void;
}

const components: readonly ControlPlaneComponent[] = ['controller-manager', 'scheduler'];

const usage = `usage:
  programs [name ...]             find, fetch or build programs and print their paths; default all
                                  (${programNames.join(', ')})
  control-plane [component ...]   run etcd and kube-apiserver until Ctrl-C and print a kubeconfig;
                                  components: ${components.join(', ')}`;

/** The commands of this tool. */
export class CommandLine {
  readonly #options: CommandLineOptions;

  constructor(options: CommandLineOptions) {
    this.#options = options;
  }

  /** Runs one command; returns the exit code: 0 done, 2 wrong usage. */
  async run(argv: readonly string[]): Promise<number> {
    const [command, ...names] = argv;
    if (command === 'programs' && names.every(isProgram)) return this.#programs(names);
    if (command === 'control-plane' && names.every(isComponent)) return this.#controlPlane(names);
    const asked = command === '--help' || command === '-h';
    (asked ? this.#options.print : this.#options.progress)(usage);
    return asked ? 0 : 2;
  }

  async #programs(names: readonly ProgramName[]): Promise<number> {
    const wanted = names.length === 0 ? programNames : names;
    const paths = await this.#resolver().resolveAll(wanted, this.#options.signal);
    for (const name of wanted) this.#options.print(paths[name]);
    return 0;
  }

  async #controlPlane(wanted: readonly ControlPlaneComponent[]): Promise<number> {
    const { clock, signal, print, progress } = this.#options;
    await using plane = await ControlPlane.start({
      programs: this.#resolver(),
      components: wanted,
      clock,
      progress,
      signal,
    });
    progress(`ready at ${plane.server}; logs and keys are in ${plane.folder}; end it with Ctrl-C`);
    print(`export KUBECONFIG=${plane.adminKubeconfig}`);
    await aborted(signal);
    progress('stopping');
    return 0;
  }

  #resolver(): ProgramResolver {
    const { env, clock, progress } = this.#options;
    return new ProgramResolver({ env, clock, progress });
  }
}

function isProgram(name: string): name is ProgramName {
  return (programNames as readonly string[]).includes(name);
}

function isComponent(name: string): name is ControlPlaneComponent {
  return (components as readonly string[]).includes(name);
}
