import { readFile } from 'node:fs/promises';
import { fail, HwError, Mutex, ok, type Result } from '@rackwright/core';
import {
  isAbsence,
  removeFileDurable,
  removeLeftovers,
  UnreadableError,
  writeFileDurable,
} from '@rackwright/host';
import { checkCdiSpec } from './check.ts';
import type { CdiSpec } from './spec.ts';
import { readYaml, toYaml, type YamlValue } from './yaml.ts';

/** What writing a specification did to its file. */
export type CdiFileChange = 'written' | 'unchanged' | 'removed';

/**
 * Writes a specification as YAML.
 *
 * @throws HwError InvalidArgument if it breaks a rule of the CDI specification
 */
export function formatCdiSpec(spec: CdiSpec): string {
  const problems = checkCdiSpec(spec);
  if (problems.length > 0) {
    throw new HwError('InvalidArgument', `CDI specification of ${spec.kind}: ${problems.join('; ')}`);
  }
  return toYaml(spec as unknown as YamlValue);
}

/** Reads a specification in YAML or JSON. */
export async function parseCdiSpec(text: string): Promise<Result<CdiSpec>> {
  const read = await readYaml(text);
  if (!read.ok) return read;
  const problems = checkCdiSpec(read.value);
  return problems.length === 0
    ? ok(read.value as CdiSpec)
    : fail(new HwError('InvalidArgument', `not a CDI specification: ${problems.join('; ')}`));
}

/**
 * Keeps one specification file. Runtimes watch the folder: the file is replaced
 * in one step, left alone if nothing changed, and removed when there is no
 * device, for a specification without devices is invalid.
 */
export class CdiFile {
  readonly path: string;
  readonly #mutex = new Mutex();
  #clean = false;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The file's text, or undefined if there is none.
   *
   * @throws UnreadableError if there may be one
   */
  read(): Promise<string | undefined> {
    return readFile(this.path, 'utf8').catch((error: unknown) => {
      if (isAbsence(error)) return undefined;
      throw new UnreadableError(this.path, error);
    });
  }

  /**
   * Makes the file say `spec`, or removes it.
   *
   * @throws HwError InvalidArgument for an invalid specification, Internal if the file cannot be written
   */
  async update(spec: CdiSpec | undefined): Promise<CdiFileChange> {
    return this.#mutex.run(() => this.#update(spec));
  }

  async #update(spec: CdiSpec | undefined): Promise<CdiFileChange> {
    const text = spec && formatCdiSpec(spec);
    try {
      if (!this.#clean) await removeLeftovers(this.path);
      this.#clean = true;
      const before = await this.read();
      if (before === text) return 'unchanged';
      if (text === undefined) {
        await removeFileDurable(this.path);
        return 'removed';
      }
      await writeFileDurable(this.path, text);
      return 'written';
    } catch (cause) {
      throw new HwError('Internal', `cannot write the CDI specification ${this.path}`, { cause });
    }
  }
}
