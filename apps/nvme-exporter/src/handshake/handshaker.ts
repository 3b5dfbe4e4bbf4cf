import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Backoff,
  type Clock,
  errorMessage,
  HwError,
  type Logger,
  type Runnable,
  withDeadline,
} from '@rackwright/core';
import { post } from './post.ts';

/** Time between two handshakes; all exporters of a cluster must not come at once. */
const intervalMs = 60_000;
/** After one that failed, growing from try to try: what is waited for comes a moment after the start. */
const retry = { initialMs: 2000, maxMs: intervalMs };
const timeoutMs = 10_000;

/** What is told of this exporter. */
export interface Introduction {
  readonly node: string;
  readonly version: string;
  readonly inventoryDigest: string;
}

export interface HandshakerOptions {
  readonly url: URL;
  /** Name the certificate must have. Default the host of the URL. */
  readonly serverName?: string;
  /** Folder with `token` and `ca.crt`, read anew each time: both are renewed. */
  readonly folder: string;
  /** Undefined until the drives were looked at. */
  readonly introduction: () => Introduction | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells the operator every minute that this exporter is there, and of which
 * drives. Nothing waits for it: whether the newest one was taken is a metric.
 */
export class Handshaker implements Runnable {
  readonly name = 'handshake';
  readonly #options: HandshakerOptions;
  readonly #retry = new Backoff(retry);
  readonly #interval = new Backoff({ initialMs: intervalMs, maxMs: intervalMs });
  #isUp = false;
  #told = '';

  constructor(options: HandshakerOptions) {
    this.#options = options;
  }

  /** Whether the operator took the newest handshake. */
  get isUp(): boolean {
    return this.#isUp;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const introduction = this.#options.introduction();
      if (introduction !== undefined) await this.#attempt(introduction, signal);
      const wait = this.#isUp ? this.#interval : this.#retry;
      await clock.sleep(wait.next(), signal).catch(() => undefined);
    }
  }

  async #attempt(introduction: Introduction, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    try {
      await withDeadline(clock, timeoutMs, 'handshake', (end) => this.#introduce(introduction, end), signal);
      this.#isUp = true;
      this.#told = '';
      this.#retry.reset();
    } catch (error) {
      if (signal.aborted) return;
      this.#isUp = false;
      const message = errorMessage(error);
      // Once for each reason: it is tried again and again.
      if (message !== this.#told) logger.warn('the operator took no handshake', { error: message });
      this.#told = message;
    }
  }

  async #introduce(introduction: Introduction, signal: AbortSignal): Promise<void> {
    const { url, serverName = url.hostname, folder } = this.#options;
    const [token, ca] = await Promise.all(
      ['token', 'ca.crt'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    if (!token || !ca) throw new HwError('FailedPrecondition', `${folder}: token or ca.crt is empty`);
    const body = JSON.stringify(introduction);
    const { status, text } = await post({ url, serverName, body, token: token.trim(), ca }, signal);
    if (status !== 200) throw new HwError('Unavailable', `${url.host} answered ${status}: ${text.trim()}`);
  }
}
