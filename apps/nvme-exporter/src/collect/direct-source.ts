import { type Clock, errorMessage, isHwError } from '@rackwright/core';
import {
  type NvmeController,
  parseIdController,
  parseSmartJson,
  readHwmonCelsius,
} from '@rackwright/hardware-nvme';
import type { HostReader } from '@rackwright/host';
import type { NvmeCli } from '@rackwright/storage';
import type { DriveAnswer, ErrorSource } from './collection.ts';
import type { ErrorLog } from './error-log.ts';

export interface DirectSourceOptions {
  readonly nvme: Pick<NvmeCli, 'smartLog' | 'idController'>;
  readonly files: HostReader;
  readonly clock: Clock;
  readonly errors: ErrorLog;
}

/** Drives that are asked at once. */
const atOnce = 4;
/** After so many attempts in a row without a log the last one is not shown any more. */
const maxMisses = 3;
/** Thresholds and the like change with the firmware only; nobody need know sooner. */
const identifyMs = 3600_000;
/** One that would not say is not asked each time, for that would be a second command in each look. */
const identifyAgainMs = 600_000;

/** A drive that is to be asked, or is asleep and left so. */
export interface Asked {
  readonly controller: NvmeController;
  readonly suspended: boolean;
}

interface Memory {
  readonly serial: string | undefined;
  answer: DriveAnswer;
  misses: number;
  /** With which firmware it was asked what it is, and when it is asked again. */
  identified?: { readonly firmware: string | undefined; readonly againMs: number };
}

/** Asks drives with nvme-cli: one log per drive and look, and what they are when that may have changed. */
export class DirectSource {
  readonly #options: DirectSourceOptions;
  readonly #memory = new Map<string, Memory>();

  constructor(options: DirectSourceOptions) {
    this.#options = options;
  }

  /** What a drive said last. */
  answer({ name, serial }: NvmeController): DriveAnswer {
    const known = this.#memory.get(name);
    return known !== undefined && known.serial === serial ? known.answer : { up: false };
  }

  /** Asks each drive once, a few at a time; `answered` is called as their answers come. */
  async ask(drives: readonly Asked[], answered: () => void, signal: AbortSignal): Promise<void> {
    const waiting = drives.values();
    const work = async (): Promise<void> => {
      for (const { controller, suspended } of waiting) {
        if (signal.aborted) return;
        if (!suspended) await this.#ask(controller, signal);
        answered();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /** Forgets drives that are gone. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#memory.keys()) if (!names.has(name)) this.#memory.delete(name);
  }

  async #ask(controller: NvmeController, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const memory = this.#memoryOf(controller);
    const start = clock.monotonic();
    if (controller.state !== undefined && controller.state !== 'live') {
      this.#missed(memory, 'smart', `controller ${controller.name} is ${controller.state}: it is not asked`);
    } else {
      await this.#readLog(controller, memory, signal);
      if (memory.answer.up) await this.#identify(controller, memory, signal);
    }
    const attempt = { seconds: (clock.monotonic() - start) / 1000, atMs: clock.now() };
    memory.answer = { ...memory.answer, attempt };
  }

  async #readLog(controller: NvmeController, memory: Memory, signal: AbortSignal): Promise<void> {
    const { nvme, clock, errors, files } = this.#options;
    const { name } = controller;
    try {
      const log = parseSmartJson(await nvme.smartLog(name, signal));
      const { thresholds } = memory.answer;
      memory.misses = 0;
      memory.answer = {
        up: true,
        smart: { log, atMs: clock.now() },
        ...(thresholds !== undefined && { thresholds }),
      };
      errors.note(name, 'smart', undefined);
    } catch (error) {
      if (signal.aborted) return;
      const message = errorMessage(error);
      errors.note(name, 'smart', message);
      this.#missed(memory, 'smart', message);
      if (!isHwError(error, 'NotFound')) return;
      const celsius = readHwmonCelsius(files, controller);
      if (celsius !== undefined) memory.answer = { ...memory.answer, hwmonCelsius: celsius };
    }
  }

  async #identify({ name, firmware }: NvmeController, memory: Memory, signal: AbortSignal): Promise<void> {
    const { nvme, clock, errors } = this.#options;
    const { identified } = memory;
    const now = clock.monotonic();
    if (identified?.firmware === firmware && now < (identified?.againMs ?? 0)) return;
    memory.identified = { firmware, againMs: now + identifyAgainMs };
    try {
      const { thresholds } = parseIdController(await nvme.idController(name, signal));
      memory.identified = { firmware, againMs: now + identifyMs };
      memory.answer = { ...memory.answer, thresholds };
      errors.note(name, 'identify', undefined);
    } catch (error) {
      if (!signal.aborted) errors.note(name, 'identify', errorMessage(error));
    }
  }

  #memoryOf({ name, serial }: NvmeController): Memory {
    const known = this.#memory.get(name);
    if (known !== undefined && known.serial === serial) return known;
    const fresh: Memory = { serial, answer: { up: false }, misses: 0 };
    this.#memory.set(name, fresh);
    return fresh;
  }

  #missed(memory: Memory, source: ErrorSource, message: string): void {
    memory.misses += 1;
    const { smart, thresholds, error } = memory.answer;
    memory.answer = {
      up: false,
      ...(smart !== undefined && memory.misses < maxMisses && { smart }),
      ...(thresholds !== undefined && { thresholds }),
      error: { source, message, sinceMs: error?.sinceMs ?? this.#options.clock.now() },
    };
  }
}
