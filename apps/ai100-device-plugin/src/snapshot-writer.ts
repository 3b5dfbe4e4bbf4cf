import { errorMessage, type Logger } from '@rackwright/core';
import { type AgentSnapshot, agentSnapshotFile, formatAgentSnapshot } from '@rackwright/hardware-nvme';
import { type HostRoot, writeFileDurable } from '@rackwright/host';

/** Leaves snapshots where the exporter of the node looks for them. */
export class SnapshotWriter {
  readonly #path: string;
  readonly #logger: Logger;
  #failure: string | undefined;

  constructor(root: HostRoot, logger: Logger) {
    this.#path = root.path(agentSnapshotFile);
    this.#logger = logger;
  }

  /** Why the newest one could not be written. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Does not throw: an exporter that is told nothing reads the drives itself. */
  async write(snapshot: AgentSnapshot): Promise<void> {
    try {
      await writeFileDurable(this.#path, formatAgentSnapshot(snapshot));
      this.#failure = undefined;
    } catch (error) {
      const failure = errorMessage(error);
      if (failure !== this.#failure) this.#logger.error('snapshot not written', { error: failure });
      this.#failure = failure;
    }
  }
}
