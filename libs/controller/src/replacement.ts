import type { KubeObject } from '@rackwright/kube';
import { differences } from './differences.ts';
import { type ImmutableField, immutableFields, type Replacement } from './immutable-fields.ts';
import { isRecord } from './list-keys.ts';
import { groupOf } from './owner.ts';

/** A change that the API server refuses, and what is done about it. */
export interface NeededReplacement {
  readonly replacement: Replacement;
  /** The fields, in words. */
  readonly why: readonly string[];
}

/** How `live` can become `desired`; undefined when its fields can simply be changed. */
export function replacementOf(desired: KubeObject, live: KubeObject): NeededReplacement | undefined {
  const rules = immutableFields[`${groupOf(desired.apiVersion ?? '')}/${desired.kind ?? ''}`] ?? [];
  const needed = rules.flatMap((rule) => {
    const why = changesOf(rule, desired, live);
    return why.length === 0 ? [] : [{ replacement: rule.replacement, why }];
  });
  // What must not be deleted for one field must not be for another.
  return needed.find(({ replacement }) => replacement === 'refuse') ?? needed[0];
}

function changesOf(rule: ImmutableField, desired: KubeObject, live: KubeObject): string[] {
  if (rule.when !== undefined && !fieldAt(live, rule.when)) return [];
  const [before, after] = [live, desired].map((object) => at(rule, object));
  const both = { zeroIsAbsent: true };
  const changed = differences(after, before, both);
  return rule.exact === true && changed.length === 0 ? differences(before, after, both) : changed;
}

/** Nothing but the field of the rule, where it is in the object. */
function at({ path, except = [] }: ImmutableField, object: KubeObject): unknown {
  const value = fieldAt(object, path);
  const rest = isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter(([name]) => !except.includes(name)))
    : value;
  return path
    .split('.')
    .reverse()
    .reduce((inner: unknown, name) => ({ [name]: inner }), rest);
}

function fieldAt(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const name of path.split('.')) value = isRecord(value) ? value[name] : undefined;
  return value;
}
