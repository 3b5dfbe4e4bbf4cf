import { errorMessage, fail, HwError, type Logger, ok, type Result } from '@rackwright/core';
import { type HostReader, UnreadableError } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import type { CxiDevice } from './device.ts';

/**
 * Which NICs of the node somebody took out of service: the driver-agent, which
 * alone talks to the API server, writes the file and the others read it.
 * Evolution: fields may be added, and a reader ignores those it does not know;
 * removing, renaming or retyping one needs a new `version`, which older readers
 * refuse.
 */
export interface OutOfServiceState {
  readonly version: 1;
  readonly updatedAt: string;
  /** Kernel names, such as `cxi0`. */
  readonly devices: readonly string[];
}

/** Host path of the file. */
export const outOfServicePath = `${rackwright.stateDir}/out-of-service.json`;

/** Writes the state with a final newline. */
export function formatOutOfService(state: OutOfServiceState): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** Reads the state; the error names the first field that is wrong. */
export function parseOutOfService(text: string): Result<OutOfServiceState> {
  let fields: Partial<Record<string, unknown>> | null;
  try {
    fields = JSON.parse(text);
  } catch (cause) {
    return fail(new HwError('InvalidArgument', 'the list of NICs out of service is not JSON', { cause }));
  }
  const { version, updatedAt = '', devices } = fields ?? {};
  if (version !== 1) return fail(wrong('version', 'is not 1'));
  if (typeof updatedAt !== 'string') return fail(wrong('updatedAt', 'is not a text'));
  if (!Array.isArray(devices) || !devices.every((name): name is string => typeof name === 'string')) {
    return fail(wrong('devices', 'is not a list of names'));
  }
  return ok({ version, updatedAt, devices });
}

/** Whether a device, or the physical function it belongs to, is one of `names`. */
export function isOutOfService(
  { name, parent }: Pick<CxiDevice, 'name' | 'parent'>,
  names: ReadonlySet<string>,
): boolean {
  return names.has(name) || (parent !== undefined && names.has(parent));
}

/** Reads the file over and over; while it makes no sense or cannot be read, what it said last counts. */
export class OutOfServiceReader {
  readonly #files: HostReader;
  readonly #logger: Logger | undefined;
  #text: string | undefined;
  #names: ReadonlySet<string> = new Set();
  #complaint = '';

  /** @param logger told once of each content that makes no sense, and of a file that cannot be read */
  constructor(files: HostReader, logger?: Logger) {
    this.#files = files;
    this.#logger = logger;
  }

  /** Names of the NICs out of service; the same object as long as the file says the same. */
  read(): ReadonlySet<string> {
    try {
      const text = this.#files.readText(outOfServicePath);
      if (text !== this.#text) this.#take(text);
      this.#complaint = '';
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#complain(error);
    }
    return this.#names;
  }

  #take(text: string | undefined): void {
    this.#text = text;
    const parsed = text === undefined ? undefined : parseOutOfService(text);
    if (parsed?.ok === false) this.#complain(parsed.error);
    else this.#names = new Set(parsed?.value.devices);
  }

  #complain(error: Error): void {
    const message = errorMessage(error);
    if (message !== this.#complaint) {
      this.#logger?.warn('cannot use the list of NICs out of service', {
        file: outOfServicePath,
        error: message,
      });
    }
    this.#complaint = message;
  }
}

function wrong(field: string, what: string): HwError {
  return new HwError('InvalidArgument', `the list of NICs out of service: ${field} ${what}`, { field });
}
