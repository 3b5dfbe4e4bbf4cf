import { isSameJson } from '../schema/same-json.ts';
import type { Condition } from './condition.ts';

/** Texts an installation sets for its rules, by name; what it does not name is empty. */
export type RuleSettings = Readonly<Record<string, readonly string[]>>;

/** What a condition is evaluated over. */
export interface Subject {
  /** The object as it is to be; undefined when it is deleted. */
  readonly object: unknown;
  /** The object as it was; undefined when it is new. */
  readonly before?: unknown;
  readonly settings?: RuleSettings;
}

interface Scope extends Subject {
  readonly item?: unknown;
}

/** Whether the condition holds. Never throws, whatever the object is. */
export function evaluate(condition: Condition, scope: Scope): boolean {
  switch (condition.op) {
    case 'all':
      return condition.of.every((part) => evaluate(part, scope));
    case 'any':
      return condition.of.some((part) => evaluate(part, scope));
    case 'not':
      return !evaluate(condition.of, scope);
    case 'settingEmpty':
      return settingOf(scope, condition.setting).length === 0;
    default:
      return evaluateLeaf(condition, valueAt(condition.place, scope), scope);
  }
}

type Leaf = Extract<Condition, { readonly place: string }>;

function evaluateLeaf(leaf: Leaf, value: unknown, scope: Scope): boolean {
  switch (leaf.op) {
    case 'present':
      return value !== undefined && value !== null;
    case 'same':
      return isAlike(value, valueAt(leaf.other, scope));
    case 'distinct':
      return Array.isArray(value) && isDistinct(value.map((item) => descend(item, [leaf.key])));
    case 'equals':
      return value === leaf.value;
    case 'between':
      return typeof value === 'number' && value >= leaf.min && value <= leaf.max;
    case 'size':
      return isWithin(sizeOf(value), leaf);
    case 'every':
    case 'some':
      return evaluateList(leaf, value, scope);
    case 'everyPart':
      return evaluateParts(leaf, value, scope);
    default:
      return typeof value === 'string' && evaluateText(leaf, value, scope);
  }
}

type ListLeaf = Extract<Leaf, { readonly op: 'every' | 'some' }>;
type PartsLeaf = Extract<Leaf, { readonly op: 'everyPart' }>;
type TextLeaf = Exclude<
  Leaf,
  { readonly op: 'present' | 'same' | 'distinct' | 'equals' | 'between' | 'size' } | ListLeaf | PartsLeaf
>;

function evaluateList(leaf: ListLeaf, value: unknown, scope: Scope): boolean {
  if (!Array.isArray(value)) return false;
  const holds = (item: unknown): boolean => evaluate(leaf.of, { ...scope, item });
  return leaf.op === 'every' ? value.every(holds) : value.some(holds);
}

function evaluateParts({ pattern, of }: PartsLeaf, value: unknown, scope: Scope): boolean {
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) return false;
  const parts = value.join('\n').matchAll(new RegExp(pattern, 'gu'));
  return [...parts].every(([item]) => evaluate(of, { ...scope, item }));
}

function evaluateText(leaf: TextLeaf, value: string, scope: Scope): boolean {
  switch (leaf.op) {
    case 'oneOf':
      return leaf.values.includes(value);
    case 'matches':
      return new RegExp(leaf.pattern, 'u').test(value);
    case 'sameText':
      return value === valueAt(leaf.other, scope);
    case 'joinedSize': {
      const other = valueAt(leaf.other, scope);
      return typeof other === 'string' && (sizeOf(value) ?? 0) + (sizeOf(other) ?? 0) <= leaf.max;
    }
    case 'captures':
      return (new RegExp(leaf.pattern, 'u').exec(value)?.[0] ?? '') === valueAt(leaf.other, scope);
    case 'startsWithOneOf':
      return settingOf(scope, leaf.setting).some((prefix) => value.startsWith(prefix));
  }
}

function settingOf({ settings }: Scope, name: string): readonly string[] {
  return settings?.[name] ?? [];
}

/** The value at a place; undefined where there is none. */
export function valueAt(place: string, scope: Scope): unknown {
  const keys = place.split('.');
  if (keys[0] === 'item') return descend(scope.item, keys.slice(1));
  if (keys[0] === 'before') return descend(scope.before, keys.slice(1));
  return descend(scope.object, keys);
}

function descend(root: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    root,
  );
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is absent is null to CEL. */
function isAlike(a: unknown, b: unknown): boolean {
  return isSameJson(a ?? null, b ?? null);
}

function isDistinct(values: readonly unknown[]): boolean {
  return values.every((value, i) => !values.some((other, j) => i !== j && isAlike(value, other)));
}

/** As CEL counts: characters, not UTF-16 units. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : undefined;
}

function isWithin(
  size: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): boolean {
  return size !== undefined && size >= min && size <= max;
}
