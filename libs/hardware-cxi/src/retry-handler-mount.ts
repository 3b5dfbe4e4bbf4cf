import { close, constants, lstat, open, read, readdir } from 'node:fs';
import { promisify } from 'node:util';
import { type Clock, HwError } from '@rackwright/core';
import { retryHandlerConfigPath } from './retry-handler-stats.ts';

const lstatAsync = promisify(lstat);
const readdirAsync = promisify(readdir);
const openAsync = promisify(open);
const closeAsync = promisify(close);

/** The size every file of the mount reports. */
const maxBytes = 1024;

/** What says that one file is not to be had; anything else is a fault of the mount. */
const noFile = new Set<unknown>(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'EACCES']);

/**
 * The statistics folder of one retry handler. It is a FUSE mount served by the
 * handler, so any access may hang for ever when that does. Accesses therefore
 * run in Node's thread pool, one after the other, and while one hangs no other
 * is started here: at most one thread is lost to a mount.
 */
export class RetryHandlerMount {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #stallMs: number;
  #access: Access | undefined;

  /**
   * @param path the folder as this process sees it, its parents without links
   * @param stallMs longest time for a single access
   */
  constructor(path: string, clock: Clock, stallMs: number) {
    this.#path = path;
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  /** True while an access is under way, also one that was given up and has not come back. */
  get stuck(): boolean {
    return this.#access !== undefined;
  }

  /**
   * The values of those of `names` that exist and make sense; nothing if the
   * folder does not. All are whole numbers, as digits, but for the path of the
   * configuration file.
   *
   * Possible errors: HwError DeadlineExceeded when an access takes too long,
   * `signal` aborts, or an earlier one still has not come back; Unavailable when
   * the handler behind the mount is gone.
   */
  async read(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    if (this.#access !== undefined) {
      throw new HwError('DeadlineExceeded', `${this.#path}: a read from before still hangs`);
    }
    const access = new Access(this.#path);
    this.#access = access;
    const work = access.run(names).finally(() => {
      this.#access = undefined;
    });
    return await Promise.race([work, this.#givenUp(access, work, signal)]);
  }

  /** Rejects when one access makes no progress for too long or `signal` aborts; never settles otherwise. */
  #givenUp(access: Access, work: Promise<unknown>, signal: AbortSignal): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    const giveUp = (why: string): void => {
      access.cancelled = true;
      reject(new HwError('DeadlineExceeded', `${access.file} ${why}`));
    };
    const late = (): void => giveUp('was not reached in time');
    signal.addEventListener('abort', late, { once: true });
    let timer = this.#watch(access, 0, 0, (next) => {
      if (next === undefined) giveUp(`did not answer within ${this.#stallMs} ms`);
      else timer = next;
    });
    const stop = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', late);
    };
    void work.then(stop, stop);
    void promise.catch(stop);
    return promise;
  }

  /**
   * Looks twice within the time for one access. One look would not do: if the
   * process itself was busy, answers that came are seen only after the timer.
   */
  #watch(access: Access, steps: number, quiet: number, report: (next?: Disposable) => void): Disposable {
    return this.#clock.timer(this.#stallMs / 2, () => {
      const nowQuiet = access.steps === steps ? quiet + 1 : 0;
      if (nowQuiet >= 2) report();
      else report(this.#watch(access, access.steps, nowQuiet, report));
    });
  }
}

/** One pass over the files, each step in a thread of the pool. */
class Access {
  /** How many steps came back. */
  steps = 0;
  /** What is being accessed. */
  file: string;
  /** Set to end it after the step under way. */
  cancelled = false;
  readonly #folder: string;
  readonly #buffer = Buffer.allocUnsafeSlow(maxBytes);

  constructor(folder: string) {
    this.#folder = folder;
    this.file = folder;
  }

  async run(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const values = new Map<string, string>();
    const present = await this.#names();
    for (const name of names) {
      if (this.cancelled) break;
      if (!present.has(name.split('/')[0] ?? '')) continue;
      const value = await this.#value(name);
      if (value !== undefined) values.set(name, value);
    }
    return values;
  }

  async #names(): Promise<ReadonlySet<string>> {
    try {
      const stat = await lstatAsync(this.#folder);
      this.steps++;
      // A link would lead out of the host tree.
      if (!stat.isDirectory() || this.cancelled) return new Set();
      return new Set(await readdirAsync(this.#folder));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Set();
      throw new HwError('Unavailable', `${this.#folder} cannot be read`, { cause: error });
    } finally {
      this.steps++;
    }
  }

  async #value(name: string): Promise<string | undefined> {
    this.file = `${this.#folder}/${name}`;
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    let fd: number | undefined;
    try {
      fd = await openAsync(this.file, flags);
      this.steps++;
      const length = this.cancelled ? 0 : await this.#read(fd);
      return valueIn(name, this.#buffer.toString('utf8', 0, length));
    } catch (error) {
      if (noFile.has(codeOf(error))) return undefined;
      throw new HwError('Unavailable', `${this.file} cannot be read`, { cause: error });
    } finally {
      this.steps++;
      if (fd !== undefined) await closeAsync(fd);
      this.steps++;
    }
  }

  #read(fd: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    read(fd, this.#buffer, 0, maxBytes, 0, (error, length) => (error ? reject(error) : resolve(length)));
    return promise;
  }
}

function valueIn(name: string, text: string): string | undefined {
  if (name === retryHandlerConfigPath) return text.replace(/\0.*/s, '').trim() || undefined;
  return /^-?\d{1,20}(?=\s|\0|$)/.exec(text)?.[0];
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
