import type { Condition } from './condition.ts';

/** A named expression of a ValidatingAdmissionPolicy, `variables.<name>` in the others. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** Largest whole number that CEL and JavaScript count alike. */
const unbounded = Number.MAX_SAFE_INTEGER;

/** The condition in CEL, over the variables of `celVariables`. */
export function toCel(condition: Condition): string {
  switch (condition.op) {
    case 'all':
    case 'any':
      return `(${condition.of.map(toCel).join(condition.op === 'all' ? ' && ' : ' || ')})`;
    case 'not':
      return `!${toCel(condition.of)}`;
    case 'settingEmpty':
      return `(size(${settingVariable(condition.setting)}) == 0)`;
    default:
      return leafToCel(condition, valueToCel(condition.place));
  }
}

type Leaf = Extract<Condition, { readonly place: string }>;

function leafToCel(leaf: Leaf, value: string): string {
  switch (leaf.op) {
    case 'present':
      return `(${value} != null)`;
    case 'same':
      return `(${value} == ${valueToCel(leaf.other)})`;
    case 'distinct':
      return `(type(${value}) == list && ${distinctToCel(leaf, value)})`;
    case 'equals':
      return typeof leaf.value === 'string'
        ? `(${isText(value)} && ${value} == ${quote(leaf.value)})`
        : `(type(${value}) == bool && ${value} == ${leaf.value})`;
    case 'between':
      return `((type(${value}) == int || type(${value}) == double) && ${boundsToCel(value, leaf)})`;
    case 'size':
      return `((${isText(value)} || type(${value}) == list || type(${value}) == map) && ${boundsToCel(`size(${value})`, leaf)})`;
    case 'every':
    case 'some':
      return `(type(${value}) == list && ${value}.${leaf.op === 'every' ? 'all' : 'exists'}(item, ${toCel(leaf.of)}))`;
    case 'everyPart':
      return `(type(${value}) == list && ${value}.all(entry, type(entry) == string) && ${partsToCel(leaf, value)})`;
    default:
      return `(${isText(value)} && ${textToCel(leaf, value)})`;
  }
}

type TextLeaf = Exclude<
  Leaf,
  {
    readonly op:
      | 'present'
      | 'same'
      | 'distinct'
      | 'equals'
      | 'between'
      | 'size'
      | 'every'
      | 'some'
      | 'everyPart';
  }
>;

function distinctToCel({ key }: Extract<Leaf, { readonly op: 'distinct' }>, value: string): string {
  const of = (entry: string): string => childOf(`dyn(${entry})`, key);
  return `${value}.all(one, ${value}.exists_one(other, ${of('one')} == ${of('other')}))`;
}

function partsToCel({ pattern, of }: Extract<Leaf, { readonly op: 'everyPart' }>, value: string): string {
  const joined = `${value}.map(entry, string(entry)).join("\\n")`;
  return `${joined}.findAll(${quote(pattern)}).all(item, ${toCel(of)})`;
}

function textToCel(leaf: TextLeaf, value: string): string {
  switch (leaf.op) {
    case 'oneOf':
      return `${value} in [${leaf.values.map(quote).join(', ')}]`;
    case 'matches':
      return `${value}.matches(${quote(leaf.pattern)})`;
    case 'sameText':
      return `${value} == ${valueToCel(leaf.other)}`;
    case 'joinedSize': {
      const other = valueToCel(leaf.other);
      return `${isText(other)} && size(${value}) + size(${other}) <= ${leaf.max}`;
    }
    case 'captures':
      return `${value}.find(${quote(leaf.pattern)}) == ${valueToCel(leaf.other)}`;
    case 'startsWithOneOf':
      return `${settingVariable(leaf.setting)}.exists(prefix, ${value}.startsWith(prefix))`;
  }
}

function boundsToCel(value: string, { min, max }: { readonly min: number; readonly max: number }): string {
  return max === unbounded ? `${value} >= ${min}` : `${value} >= ${min} && ${value} <= ${max}`;
}

function isText(value: string): string {
  return `type(${value}) == string`;
}

/** A text as a CEL literal; JSON's escapes are CEL's. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function valueToCel(place: string): string {
  const keys = place.split('.');
  if (keys[0] !== 'item') return `variables.${variableOf(keys)}`;
  return keys.slice(1).reduce((value, key) => childOf(value, key), 'dyn(item)');
}

/** The value under a key, null where there is none or no map. */
function childOf(map: string, key: string): string {
  return `(type(${map}) == map ? ${map}[?${quote(key)}].orValue(dyn(null)) : dyn(null))`;
}

function settingVariable(setting: string): string {
  return `variables.${setting}`;
}

function variableOf(keys: readonly string[]): string {
  return keys.map((key, i) => (i === 0 ? key : key.charAt(0).toUpperCase() + key.slice(1))).join('');
}

/**
 * The variables conditions refer to: a value for each place and all places
 * above it, each computed once and only where it is needed.
 */
export function celVariables(conditions: readonly Condition[]): Variable[] {
  const variables = new Map<string, string>();
  const places = conditions.flatMap(placesOf).filter((place) => !/^item([.]|$)/.test(place));
  for (const place of places) {
    const keys = place.split('.');
    for (let depth = 1; depth <= keys.length; depth++) {
      const own = keys.slice(0, depth);
      variables.set(variableOf(own), variableToCel(own));
    }
  }
  return [...variables].map(([name, expression]) => ({ name, expression }));
}

function variableToCel(keys: readonly string[]): string {
  const key = keys.at(-1) ?? '';
  if (keys.length > 1) return childOf(`variables.${variableOf(keys.slice(0, -1))}`, key);
  if (key === 'before') return 'oldObject == null ? dyn({}) : dyn(oldObject)';
  return `object == null ? dyn(null) : ${childOf('dyn(object)', key)}`;
}

function placesOf(condition: Condition): string[] {
  switch (condition.op) {
    case 'all':
    case 'any':
      return condition.of.flatMap(placesOf);
    case 'not':
      return placesOf(condition.of);
    case 'settingEmpty':
      return [];
    case 'every':
    case 'some':
    case 'everyPart':
      return [condition.place, ...placesOf(condition.of)];
    case 'same':
    case 'sameText':
    case 'joinedSize':
    case 'captures':
      return [condition.place, condition.other];
    default:
      return [condition.place];
  }
}

/** Settings that conditions refer to. */
export function settingsOf(condition: Condition): string[] {
  switch (condition.op) {
    case 'all':
    case 'any':
      return condition.of.flatMap(settingsOf);
    case 'not':
    case 'every':
    case 'some':
    case 'everyPart':
      return settingsOf(condition.of);
    case 'settingEmpty':
    case 'startsWithOneOf':
      return [condition.setting];
    default:
      return [];
  }
}
