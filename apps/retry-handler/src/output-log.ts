import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock, Logger } from '@rackwright/core';

/** Longest line that is logged, in characters; the rest of it is cut. */
const MAX_LINE = 1024;
/** Most lines per second; the others are counted. */
const MAX_LINES_PER_SECOND = 100;

/** Passes a handler's output on to the log, line by line, however much it says. */
export class OutputLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  #last = '';
  #second = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #dropped = 0;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** The newest line, for the message about an unexpected end. */
  get lastLine(): string {
    return this.#last;
  }

  /** Reads `stream` to its end. */
  follow(stream: Readable): void {
    const decoder = new StringDecoder('utf8');
    let partial = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (partial + decoder.write(chunk)).split('\n');
      partial = (lines.pop() ?? '').slice(0, MAX_LINE);
      for (const line of lines) this.#log(line);
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      this.#log(partial);
      this.#reportDropped();
    });
  }

  #log(line: string): void {
    const text = line.slice(0, MAX_LINE).trimEnd();
    if (text === '') return;
    this.#last = text;
    const second = Math.floor(this.#clock.monotonic() / 1000);
    if (second !== this.#second) {
      this.#reportDropped();
      this.#second = second;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines > MAX_LINES_PER_SECOND) this.#dropped += 1;
    else this.#logger.info(text);
  }

  #reportDropped(): void {
    if (this.#dropped > 0) this.#logger.warn('handler output dropped', { lines: this.#dropped });
    this.#dropped = 0;
  }
}
