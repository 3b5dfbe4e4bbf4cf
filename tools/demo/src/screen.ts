import type { WriteStream } from 'node:tty';

/** Where lines go: a terminal that is redrawn, or a stream that is appended to. */
export class Screen {
  readonly #out: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  #last = '';

  constructor(out: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>) {
    this.#out = out;
  }

  print(line: string): void {
    this.#out.write(`${line}\n`);
  }

  /** Shows `lines` in place of the last frame; off a terminal only when they changed. */
  frame(lines: readonly string[]): void {
    const columns = this.#out.columns ?? 200;
    const rows = this.#out.rows ?? Number.POSITIVE_INFINITY;
    const text = lines
      .slice(0, Math.max(1, rows - 1))
      .map((line) => line.slice(0, columns))
      .join('\n');
    if (text === this.#last) return;
    this.#last = text;
    this.#out.write(this.#out.isTTY === true ? `\u001b[H\u001b[2J${text}\n` : `${text}\n`);
  }
}
