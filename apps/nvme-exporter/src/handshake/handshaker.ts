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
/** After one that a replica took which does not lead: until the one that does has heard of it. */
const intervalOfOthersMs = 15_000;
/** After one that failed, growing from try to try: what is waited for comes a moment after the start. */
const retry = { initialMs: 2000, maxMs: intervalMs };
const timeoutMs = 10_000;
/** How often, after one that failed, is looked whether there are other files to try it with. */
const lookMs = 2000;

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
  readonly #intervalOfOthers = new Backoff({ initialMs: intervalOfOthersMs, maxMs: intervalOfOthersMs });
  #isUp = false;
  /** Whether the operator that took the newest one leads. */
  #leads = true;
  #told = '';
  /** What was trusted and shown at the newest one. */
  #used = '';

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
      const interval = this.#leads ? this.#interval : this.#intervalOfOthers;
      if (this.#isUp) await clock.sleep(interval.next(), signal).catch(() => undefined);
      else await this.#untilRetry(signal);
    }
  }

  /** The operator may have another certificate by now, which the kubelet brings: it is tried with that at once. */
  async #untilRetry(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const end = clock.monotonic() + this.#retry.next();
    for (let left = end - clock.monotonic(); left > 0; left = end - clock.monotonic()) {
      await clock.sleep(Math.min(left, lookMs), signal).catch(() => undefined);
      const files = await this.#files().catch(() => undefined);
      if (signal.aborted || (files !== undefined && files.join() !== this.#used)) return;
    }
  }

  async #files(): Promise<readonly string[]> {
    const { folder } = this.#options;
    return Promise.all(['token', 'ca.crt'].map((name) => readFile(join(folder, name), 'utf8')));
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
    const [token, ca] = await this.#files();
    this.#used = [token, ca].join();
    if (!token || !ca) throw new HwError('FailedPrecondition', `${folder}: token or ca.crt is empty`);
    const body = JSON.stringify(introduction);
    const { status, text } = await post({ url, serverName, body, token: token.trim(), ca }, signal);
    if (status !== 200) throw new HwError('Unavailable', `${url.host} answered ${status}: ${text.trim()}`);
    this.#leads = !saysOtherLeads(text);
  }
}

/** An operator of before does not say it. */
function saysOtherLeads(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'leads' in answer && answer.leads === false;
  } catch {
    return false;
  }
}
