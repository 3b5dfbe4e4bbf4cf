import { KubeError } from './error.ts';

const newline = 10;

/**
 * Cuts a byte stream into lines. A line may arrive in any number of pieces;
 * bytes after the last newline wait for the next piece. Splitting is done on
 * bytes, which is safe in UTF-8: no part of a longer character equals a newline.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** @param maxBytes longest line that is accepted */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The lines that `chunk` completes, without their newlines; empty ones are left out.
   * @throws KubeError ResourceExhausted when a line is too long
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes > this.#maxBytes) {
      throw new KubeError('ResourceExhausted', `a watch line is longer than ${this.#maxBytes} bytes`, {
        status: 0,
        reason: 'LineTooLong',
      });
    }
    this.#pending.push(piece);
  }

  #take(): string {
    const [first] = this.#pending;
    if (first === undefined) return '';
    const line = this.#pending.length === 1 ? first : Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    return line.toString('utf8');
  }
}
