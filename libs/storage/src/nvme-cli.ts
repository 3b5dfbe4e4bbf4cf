import { HostRoot, type RunOptions } from '@rackwright/host';
import type { HostTools, ToolCommand } from './host-tools.ts';

/** How nvme-cli is called. */
export interface NvmeCliOptions {
  /** Time limit of an ordinary command, in milliseconds. Default 10 s. */
  readonly deadlineMs?: number;
}

/** A reset waits for the controller. */
const resetDeadlineMs = 120_000;

/**
 * Admin commands through nvme-cli. A controller gets one at a time: while one
 * that was told to stop is still there, another is refused as Unavailable.
 */
export class NvmeCli {
  readonly #tools: HostTools;
  readonly #deadlineMs: number;

  constructor(tools: HostTools, { deadlineMs = 10_000 }: NvmeCliOptions = {}) {
    this.#tools = tools;
    this.#deadlineMs = deadlineMs;
  }

  /** The SMART / health log as JSON, in the dialect of the version. */
  smartLog(controller: string, signal?: AbortSignal): Promise<string> {
    return this.#json('smart-log', controller, signal);
  }

  /** The Identify Controller data as JSON. */
  idController(controller: string, signal?: AbortSignal): Promise<string> {
    return this.#json('id-ctrl', controller, signal);
  }

  /** Has the kernel look for the controller's namespaces again. */
  async rescan(controller: string, signal?: AbortSignal): Promise<void> {
    await this.#run(['nvme', 'ns-rescan', device(controller)], controller, this.#deadlineMs, signal);
  }

  /** Resets the controller; ends when it is back. */
  async reset(controller: string, signal?: AbortSignal): Promise<void> {
    await this.#run(['nvme', 'reset', device(controller)], controller, resetDeadlineMs, signal);
  }

  /** The version of nvme-cli, such as 2.3; undefined if it says none. */
  async version(signal?: AbortSignal): Promise<string | undefined> {
    const text = await this.#tools.expect(['nvme', 'version'], signal && { signal });
    return /nvme version (\d+(?:\.\d+)*)/.exec(text)?.[1];
  }

  #json(command: string, controller: string, signal?: AbortSignal): Promise<string> {
    const words: ToolCommand = ['nvme', command, device(controller), '--output-format=json'];
    return this.#run(words, controller, this.#deadlineMs, signal);
  }

  #run(words: ToolCommand, controller: string, deadlineMs: number, signal?: AbortSignal): Promise<string> {
    const options: RunOptions = { deadlineMs, key: `nvme ${controller}`, ...(signal && { signal }) };
    return this.#tools.expect(words, options);
  }
}

function device(controller: string): string {
  return new HostRoot().dev(controller);
}
