const newline = 10;

/** Text put together as bytes, in one buffer that grows. */
export class TextBuffer {
  #bytes: Buffer;
  #length = 0;

  /** @param capacity bytes set aside at first */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, capacity));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  append(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends `prefix`, the first `length` bytes of `value` and a newline. */
  appendLine(prefix: Buffer, value: Buffer, length: number): void {
    this.#reserve(prefix.length + length + 1);
    prefix.copy(this.#bytes, this.#length);
    this.#length += prefix.length;
    value.copy(this.#bytes, this.#length, 0, length);
    this.#length += length;
    this.#bytes[this.#length++] = newline;
  }

  /** Forgets everything after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** What was written; a view that later writes may change. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
