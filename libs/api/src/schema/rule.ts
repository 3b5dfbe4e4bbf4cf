import type * as z from 'zod';

/** A condition over several fields, told to the API server in CEL and to our own parser in TypeScript. */
export interface Rule<T> {
  /** https://kubernetes.io/docs/reference/using-api/cel/ */
  readonly cel: string;
  /** Names the field by its full path and says how to mend it. */
  readonly message: string;
  /** The same condition for values that never passed the API server. */
  readonly holds: (value: T) => boolean;
}

/** `schema` with rules that both the generated CRD and `parse` enforce. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  const meta = schema.meta();
  const refined = rules.reduce<z.ZodType>(
    (current, rule) => current.refine((value) => rule.holds(value as z.output<S>), { error: rule.message }),
    schema,
  );
  const validations = rules.map(({ cel, message }) => ({ rule: cel, message }));
  return refined.meta({ ...meta, 'x-kubernetes-validations': validations }) as S;
}
