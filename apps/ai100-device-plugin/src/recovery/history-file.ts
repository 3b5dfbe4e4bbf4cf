import { readFile } from 'node:fs/promises';
import { errorMessage, type Logger } from '@rackwright/core';
import { type HostRoot, writeFileDurable } from '@rackwright/host';
import { afterBoot, type RecoveryHistory, type TargetHistory } from './history.ts';

/** Where on the host it is kept: budgets must not begin anew with the agent. */
const historyFile = '/var/lib/ai100/recovery.json';
const schemaVersion = 1;
const maxBytes = 1024 * 1024;

/** Keeps the history of recovery on the host. A file that makes no sense says nothing. */
export class HistoryFile {
  readonly #path: string;
  readonly #logger: Logger;
  #written = '';

  constructor(root: HostRoot, logger: Logger) {
    this.#path = root.path(historyFile);
    this.#logger = logger;
  }

  /** What was tried, as it counts in this boot of the host. */
  async read(bootId: string): Promise<RecoveryHistory> {
    try {
      return parseHistory(await readFile(this.#path, 'utf8'), bootId);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#logger.warn('recovery history not read', { error: errorMessage(error) });
      return {};
    }
  }

  /** @throws what the file system says: nothing is done of which nobody would know later */
  async write(history: RecoveryHistory, bootId: string): Promise<void> {
    const text = `${JSON.stringify({ schemaVersion, bootId, history })}\n`;
    if (text === this.#written) return;
    await writeFileDurable(this.#path, text);
    this.#written = text;
  }
}

/** Entries that make no sense are left out. */
export function parseHistory(text: string, bootId: string): RecoveryHistory {
  if (text.length > maxBytes) return {};
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || value.schemaVersion !== schemaVersion || !isObject(value.history)) return {};
  const history = Object.fromEntries(
    Object.entries(value.history).flatMap(([target, one]) => (isTarget(one) ? [[target, one] as const] : [])),
  );
  return value.bootId === bootId ? history : afterBoot(history);
}

function isTarget(value: unknown): value is TargetHistory {
  if (!isObject(value)) return false;
  const { attempts, nextAttemptMs, lastMs = 0, resets } = value;
  return (
    typeof attempts === 'number' &&
    typeof nextAttemptMs === 'number' &&
    typeof lastMs === 'number' &&
    Array.isArray(resets) &&
    resets.every((atMs) => typeof atMs === 'number')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
