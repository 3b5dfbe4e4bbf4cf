import { HwError } from '@rackwright/core';

/** Longest text and list taken of a file that another process wrote. */
const maxText = 16 * 1024;
const maxItems = 1024;

/** Reads the fields of a JSON object by name; an error names the whole path of the field. */
export class Fields {
  readonly #record: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** @throws HwError InvalidArgument unless `value` is an object */
  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object');
    this.#record = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  text(name: string): string {
    const value = this.#record[name];
    if (typeof value !== 'string' || value.length > maxText) throw this.#wrong(name, 'a text');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#record[name];
    if (typeof value !== 'boolean') throw this.#wrong(name, 'true or false');
    return value;
  }

  /** A whole number that is not negative. */
  count(name: string): number {
    const value = this.#record[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.#wrong(name, 'a whole number');
    return value;
  }

  /** A whole number that may be beyond what JSON can hold, as decimal text. */
  bytes(name: string): string {
    const value = this.#record[name];
    if (typeof value !== 'string' || !/^\d{1,40}$/.test(value))
      throw this.#wrong(name, 'a whole number as text');
    return value;
  }

  /** A time in RFC 3339. */
  time(name: string): string {
    const value = this.#record[name];
    if (typeof value !== 'string' || value.length > 40 || Number.isNaN(Date.parse(value)))
      throw this.#wrong(name, 'a time');
    return value;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = choices.find((choice) => choice === this.#record[name]);
    if (value === undefined) throw this.#wrong(name, `one of ${choices.join(', ')}`);
    return value;
  }

  object<T>(name: string, read: (fields: Fields) => T): T {
    return read(new Fields(this.#record[name], this.#at(name)));
  }

  list<T>(name: string, read: (fields: Fields) => T): T[] {
    return this.#items(name).map((item, i) => read(new Fields(item, `${this.#at(name)}[${i}]`)));
  }

  texts(name: string): string[] {
    return this.#items(name).map((item, i) => {
      if (typeof item !== 'string' || item.length > maxText) throw this.#wrong(`${name}[${i}]`, 'a text');
      return item;
    });
  }

  /** What `read` makes of the field `name` under that name; nothing where it is absent or null. */
  optional<K extends string, T>(name: K, read: (name: K) => T): { readonly [P in K]?: T } {
    const value = this.#record[name];
    return value === undefined || value === null ? {} : ({ [name]: read(name) } as { [P in K]: T });
  }

  #items(name: string): unknown[] {
    const value = this.#record[name];
    if (!Array.isArray(value) || value.length > maxItems)
      throw this.#wrong(name, `a list of at most ${maxItems}`);
    return value;
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #wrong(name: string, expected: string): HwError {
    return wrong(this.#at(name), expected);
  }
}

function wrong(field: string, expected: string): HwError {
  return new HwError('InvalidArgument', `${field === '' ? 'the snapshot' : field} must be ${expected}`, {
    field: field === '' ? 'snapshot' : field,
  });
}
