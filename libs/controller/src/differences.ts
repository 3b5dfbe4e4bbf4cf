import { sameQuantity } from '@rackwright/core';
import { isRecord, isSet, itemKey, listKeys } from './list-keys.ts';

/** How `differences` compares. */
export interface CompareOptions {
  /**
   * True where an absent field and its zero value (false, 0, "", [], {}) are one
   * and the same, as in Kubernetes' own Go types, which leave zero values out.
   * False for custom resources, where what was written is kept.
   */
  readonly zeroIsAbsent: boolean;
}

/** At most this many are told: the first ones say enough. */
const maxTold = 20;

/**
 * Where `live` is not as `desired` wants it, as readable paths with both values;
 * empty when nothing is. Fields that `desired` does not name do not matter: they
 * belong to the API server's defaults or to somebody else.
 */
export function differences(desired: unknown, live: unknown, options: CompareOptions): string[] {
  const told: string[] = [];
  new Comparison(options, told).value({ field: '', up: undefined }, desired, live);
  return told.slice(0, maxTold);
}

/** Where in the object a value is; the path is put together only when it is told. */
interface Place {
  /** Its field; that of the list for an item. */
  readonly field: string;
  /** What tells an item from others of its list. */
  readonly item?: string | number;
  readonly up: Place | undefined;
}

class Comparison {
  readonly #zeroIsAbsent: boolean;
  readonly #told: string[];

  constructor(options: CompareOptions, told: string[]) {
    this.#zeroIsAbsent = options.zeroIsAbsent;
    this.#told = told;
  }

  value(at: Place, desired: unknown, live: unknown): void {
    if (desired === undefined || this.#told.length >= maxTold) return;
    if (live === undefined || live === null) {
      if (!this.#meansAbsent(desired)) this.#tell(at, desired, live);
    } else if (Array.isArray(desired)) {
      if (Array.isArray(live)) this.#list(at, desired, live);
      else this.#tell(at, desired, live);
    } else if (isRecord(desired)) {
      if (isRecord(live)) this.#record(at, desired, live);
      else this.#tell(at, desired, live);
    } else if (!(desired === live || (isQuantity(at) && sameQuantity(desired, live)))) {
      this.#tell(at, desired, live);
    }
  }

  #record(
    at: Place,
    desired: Readonly<Record<string, unknown>>,
    live: Readonly<Record<string, unknown>>,
  ): void {
    for (const [field, value] of Object.entries(desired)) {
      const own = Object.hasOwn(live, field) ? live[field] : undefined;
      this.value({ field, up: at }, value, own);
    }
  }

  #list(at: Place, desired: readonly unknown[], live: readonly unknown[]): void {
    const keys = listKeys(at.field, desired);
    if (keys !== undefined && desired.length > 0) this.#keyed(at, keys, desired, live);
    else if (isSet(at.field)) this.#members(at, desired, live);
    else if (desired.length !== live.length) this.#tell(at, desired, live);
    else this.#ordered(at, desired, live);
  }

  #ordered(at: Place, desired: readonly unknown[], live: readonly unknown[]): void {
    for (const [i, item] of desired.entries())
      this.value({ field: at.field, item: i, up: at }, item, live[i]);
  }

  #keyed(at: Place, keys: readonly string[], desired: readonly unknown[], live: readonly unknown[]): void {
    const byKey = new Map(live.map((item) => [itemKey(item, keys), item]));
    for (const item of desired) {
      const key = itemKey(item, keys);
      this.value({ field: at.field, item: key, up: at }, item, byKey.get(key));
    }
  }

  #members(at: Place, desired: readonly unknown[], live: readonly unknown[]): void {
    for (const item of desired) {
      if (!live.includes(item)) this.#tell(at, item, undefined);
    }
  }

  #meansAbsent(value: unknown): boolean {
    if (value === null) return true;
    if (!this.#zeroIsAbsent) return false;
    if (Array.isArray(value)) return value.length === 0;
    if (isRecord(value))
      return Object.values(value).every((field) => field === undefined || this.#meansAbsent(field));
    return value === false || value === 0 || value === '';
  }

  #tell(at: Place, desired: unknown, live: unknown): void {
    this.#told.push(`${pathOf(at)}: ${show(live)} should be ${show(desired)}`);
  }
}

/** Quantities stand at few places; elsewhere `100m` and `0.1` are different texts. */
function isQuantity({ field, up }: Place): boolean {
  const parent = up?.field;
  if (parent === 'requests' || parent === 'limits') {
    return up?.up?.field === 'resources' || up?.up?.field === 'overhead';
  }
  if (parent === 'capacity') return true;
  if (parent === 'emptyDir') return field === 'sizeLimit';
  return parent === 'resourceFieldRef' && field === 'divisor';
}

function pathOf({ field, item, up }: Place): string {
  if (up === undefined) return '';
  const path = pathOf(up);
  if (item !== undefined) return `${path}[${item}]`;
  if (!/^[\w-]+$/.test(field)) return `${path}["${field}"]`;
  return path === '' ? field : `${path}.${field}`;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
