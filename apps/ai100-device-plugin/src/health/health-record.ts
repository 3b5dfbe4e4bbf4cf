import { readFile } from 'node:fs/promises';
import { errorMessage, type Logger } from '@rackwright/core';
import { type DeviceHealth, healthStates } from '@rackwright/hardware-nvme';
import { type HostRoot, writeFileDurable } from '@rackwright/host';

/** What is known of every drive, by serial number. */
export type HealthRecord = Readonly<Record<string, DeviceHealth>>;

/** Where on the host it is kept: what a drive has done must not be forgotten when the agent ends. */
const recordFile = '/var/lib/ai100/health.json';
const schemaVersion = 1;
const maxBytes = 4 * 1024 * 1024;

/** Keeps the record of drives on the host. A file that makes no sense says nothing. */
export class HealthRecordFile {
  readonly #path: string;
  readonly #logger: Logger;
  #written = '';

  constructor(root: HostRoot, logger: Logger) {
    this.#path = root.path(recordFile);
    this.#logger = logger;
  }

  async read(): Promise<HealthRecord> {
    try {
      return parseRecord(await readFile(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#logger.warn('health record not read', { error: errorMessage(error) });
      return {};
    }
  }

  /** Writes it if it is not what was written last; a host that takes no files keeps none. */
  async write(drives: HealthRecord): Promise<void> {
    const text = `${JSON.stringify({ schemaVersion, drives })}\n`;
    if (text === this.#written) return;
    try {
      await writeFileDurable(this.#path, text);
      this.#written = text;
    } catch (error) {
      this.#logger.warn('health record not written', { error: errorMessage(error) });
    }
  }
}

/** The drives of a record; those whose entry makes no sense are left out. */
export function parseRecord(text: string): HealthRecord {
  if (text.length > maxBytes) return {};
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || value.schemaVersion !== schemaVersion || !isObject(value.drives)) return {};
  const drives = Object.entries(value.drives).flatMap(([serial, one]) =>
    isHealth(one) ? [[serial, one] as const] : [],
  );
  return Object.fromEntries(drives);
}

function isHealth(value: unknown): value is DeviceHealth {
  if (!isObject(value) || !isObject(value.memory) || !Array.isArray(value.signals)) return false;
  const { state, sinceMs, reason, message, memory } = value;
  const numbers = [
    sinceMs,
    memory.controllerSinceMs,
    memory.warningPolls,
    memory.hotPolls,
    memory.smartMisses,
    memory.cleanPolls,
    memory.cleanSinceMs,
  ];
  return (
    healthStates.some((known) => known === state) &&
    [reason, message, memory.controllerState].every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number') &&
    [memory.mediaErrors, memory.sizeBytes].every((text) => text === undefined || isDecimal(text)) &&
    (memory.miss === undefined || (isObject(memory.miss) && typeof memory.miss.message === 'string')) &&
    isList(memory.failures, (atMs) => typeof atMs === 'number') &&
    isList(
      memory.mediaGrowth,
      (one) => isObject(one) && typeof one.atMs === 'number' && typeof one.errors === 'number',
    )
  );
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'string' && /^\d{1,40}$/.test(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
