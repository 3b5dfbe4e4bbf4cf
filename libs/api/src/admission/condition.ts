/**
 * A condition over an object in a form that is both evaluated here
 * (`evaluate.ts`) and written as CEL for the API server (`cel.ts`). Every leaf
 * is total: of a value that is absent, or of another type than the leaf is
 * about, it does not hold; `same` alone is about any value and none.
 *
 * A place is the keys from the root joined by dots, such as
 * `spec.source.type`. It is looked up in the object of a request; below
 * `before.` in the object as it was, and in `every`, `some` and `everyPart` below
 * `item`, the entry of the list.
 */
export type Condition =
  | { readonly op: 'present'; readonly place: string }
  | { readonly op: 'equals'; readonly place: string; readonly value: boolean | string }
  | { readonly op: 'oneOf'; readonly place: string; readonly values: readonly string[] }
  | { readonly op: 'matches'; readonly place: string; readonly pattern: string }
  | { readonly op: 'between'; readonly place: string; readonly min: number; readonly max: number }
  | { readonly op: 'size'; readonly place: string; readonly min: number; readonly max: number }
  | { readonly op: 'same'; readonly place: string; readonly other: string }
  | { readonly op: 'sameText'; readonly place: string; readonly other: string }
  | { readonly op: 'distinct'; readonly place: string; readonly key: string }
  | { readonly op: 'joinedSize'; readonly place: string; readonly other: string; readonly max: number }
  | { readonly op: 'captures'; readonly place: string; readonly pattern: string; readonly other: string }
  | { readonly op: 'startsWithOneOf'; readonly place: string; readonly setting: string }
  | { readonly op: 'settingEmpty'; readonly setting: string }
  | { readonly op: 'every' | 'some'; readonly place: string; readonly of: Condition }
  | { readonly op: 'everyPart'; readonly place: string; readonly pattern: string; readonly of: Condition }
  | { readonly op: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition };

/** It is there and not null. */
export function present(place: string): Condition {
  return { op: 'present', place };
}

export function absent(place: string): Condition {
  return not(present(place));
}

export function equals(place: string, value: boolean | string): Condition {
  return { op: 'equals', place, value };
}

export function oneOf(place: string, values: readonly string[]): Condition {
  return { op: 'oneOf', place, values };
}

/** A text in which the pattern is found. Patterns keep to what RE2 and JavaScript read alike. */
export function matches(place: string, pattern: string): Condition {
  return { op: 'matches', place, pattern };
}

/** A number within bounds, both included. */
export function between(place: string, min: number, max: number): Condition {
  return { op: 'between', place, min, max };
}

/** A text of so many characters, or a list or map of so many entries. */
export function size(place: string, min: number, max: number): Condition {
  return { op: 'size', place, min, max };
}

/** Two values that are alike; both may be absent. */
export function same(place: string, other: string): Condition {
  return { op: 'same', place, other };
}

/** Two texts that are alike. */
export function sameText(place: string, other: string): Condition {
  return { op: 'sameText', place, other };
}

/** Two texts of at most so many characters together. */
export function joinedSize(place: string, other: string, max: number): Condition {
  return { op: 'joinedSize', place, other, max };
}

/** A list in which no two entries have the same value under a key. */
export function distinct(place: string, key: string): Condition {
  return { op: 'distinct', place, key };
}

/** A text whose first part that matches `pattern` is the whole text at `other`. */
export function captures(place: string, pattern: string, other: string): Condition {
  return { op: 'captures', place, pattern, other };
}

/** A text that begins with one of the texts of a setting of the installation. */
export function startsWithOneOf(place: string, setting: string): Condition {
  return { op: 'startsWithOneOf', place, setting };
}

/** The installation sets nothing for it. */
export function settingEmpty(setting: string): Condition {
  return { op: 'settingEmpty', setting };
}

/** A list all of whose entries, `item` in the condition, fulfil it. */
export function every(place: string, of: Condition): Condition {
  return { op: 'every', place, of };
}

/** A list one of whose entries, `item` in the condition, fulfils it. */
export function some(place: string, of: Condition): Condition {
  return { op: 'some', place, of };
}

/**
 * A list of texts, such as arguments, where what one entry means depends on the
 * one before it: each part that matches `pattern`, once the entries are put
 * together with a line feed between them, is an `item` that fulfils the condition.
 */
export function everyPart(place: string, pattern: string, of: Condition): Condition {
  return { op: 'everyPart', place, pattern, of };
}

export function all(...of: readonly Condition[]): Condition {
  return { op: 'all', of };
}

export function any(...of: readonly Condition[]): Condition {
  return { op: 'any', of };
}

export function not(of: Condition): Condition {
  return { op: 'not', of };
}

/** `then` wherever `when` holds. */
export function implies(when: Condition, then: Condition): Condition {
  return any(not(when), then);
}

/** Absent, or as the condition says. */
export function optional(place: string, of: Condition): Condition {
  return any(absent(place), of);
}
