import type { Readable } from 'node:stream';

/** What a program printed to one stream, up to a limit. */
export class BoundedOutput {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** @param onExcess called once, when more came than `maxBytes` */
  constructor(stream: Readable | null | undefined, maxBytes: number, onExcess: () => void) {
    stream?.on('data', (chunk: Buffer) => {
      const before = this.#size;
      this.#size += chunk.length;
      if (this.#size <= maxBytes) this.#chunks.push(chunk);
      else if (before <= maxBytes) onExcess();
    });
    // A pipe that breaks ends like one that is closed.
    stream?.on('error', () => undefined);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
