import { createWriteStream, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Clock, withDeadline } from '@rackwright/core';
import { makeFolderSync } from '@rackwright/host';

/** A line longer than this is split into parts, as container runtimes do. */
const maxLineBytes = 16 * 1024;

/** How long output may arrive after the main process has ended, in milliseconds. */
const drainMs = 1000;

/**
 * Writes a container's output in the CRI log format: time, stream, `P` for a
 * part of a line or `F` for its end, text
 * (https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md).
 */
export class LogFile {
  readonly #file: WriteStream;
  readonly #clock: Clock;
  readonly #streams: Readable[] = [];
  readonly #sources: Promise<void>[] = [];

  constructor(path: string, clock: Clock) {
    makeFolderSync(dirname(path));
    this.#file = createWriteStream(path, { flags: 'a' });
    this.#file.on('error', () => undefined);
    this.#clock = clock;
  }

  /** Copies a stream until it ends. */
  attach(name: 'stdout' | 'stderr', stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#write(name, 'F', line);
      for (; rest.length > maxLineBytes; rest = rest.slice(maxLineBytes)) {
        this.#write(name, 'P', rest.slice(0, maxLineBytes));
      }
    });
    const done = finished(stream)
      .catch(() => undefined)
      .then(() => {
        if (rest !== '') this.#write(name, 'P', rest);
      });
    this.#streams.push(stream);
    this.#sources.push(done);
  }

  /** Waits for the attached streams to end, though not for ever: a process that left its group may hold them. */
  async close(): Promise<void> {
    await withDeadline(this.#clock, drainMs, 'draining the log', () => Promise.all(this.#sources)).catch(
      () => {
        for (const stream of this.#streams) stream.destroy();
      },
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#file.end(resolve);
    await promise;
  }

  #write(stream: string, tag: 'F' | 'P', text: string): void {
    const time = new Date(this.#clock.now()).toISOString().replace('Z', '000000Z');
    this.#file.write(`${time} ${stream} ${tag} ${text}\n`);
  }
}
